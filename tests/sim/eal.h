/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eal.h: EAL for a simulator, as small as it gets: no hugepages, no devices, no other processes.
 */
#ifndef SIM_EAL_H
#define SIM_EAL_H

/** Starts EAL with so much memory; `name` begins the name of what it leaves in the runtime
 *  directory. 0, or -1 after printing why. */
int eal_start(const char *name, unsigned int megabytes);

/** Ends it and leaves nothing behind. */
void eal_stop(void);

#endif
