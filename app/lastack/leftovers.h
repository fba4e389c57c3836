/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leftovers: what EAL leaves in its runtime directory (/var/run/dpdk/PREFIX): its configuration,
 * its tables of memory, and the directory. Removes it at the very end of the process, and only
 * where no other process has it in use. Knows nothing of lastack.
 */
#ifndef LASTACK_LEFTOVERS_H
#define LASTACK_LEFTOVERS_H

/** Call once, before rte_eal_init(): what is registered first runs last at exit, behind EAL's own
 *  handlers, which need the directory. */
void leftovers_remove_at_exit(void);

#endif
