/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_ethdev.h: what port.c and port_ethdev.c share. For lib/io alone.
 */
#ifndef IO_PORT_ETHDEV_H
#define IO_PORT_ETHDEV_H

#include "io/port.h"

/** Fills in what an ethdev and a port of one's own have in common. 0 or -EINVAL with a message. */
int port_init_common(struct port *port, const struct la_port_config *config,
		     struct counters *counters, struct la_error *err);

/** Stops and closes the ethdev behind the port. */
void port_ethdev_close(struct port *port);

#endif
