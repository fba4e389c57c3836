/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_lane.h: how frames leave by a port of which the worker has no queue: over a lane, a ring of
 * one producer and one consumer, to a worker that has one.
 *
 * The port of the worker without a queue owns the lane; the port of the other empties it in its
 * flush. Both are the same device, seen from two workers.
 */
#ifndef IO_PORT_LANE_H
#define IO_PORT_LANE_H

#include <stdbool.h>

#include "io/port.h"

/**
 * Makes port (filled in, and without a queue) send by way of owner. What is sent there ends in
 * another worker's hands: LA_PORT_TX_HANDOVER. 0 or -ENOMEM with a message.
 */
int port_lane_open(struct port *port, struct port *owner, int numa_node, struct la_error *err);

/** Frees the lane and what is in it. Nobody may send or flush any more. A port without is fine. */
void port_lane_close(struct port *port);

/** Takes frames from the lanes into the owner's tx buffer, as many as fit. */
void port_lane_empty(struct port *owner);

/** True if frames wait in a lane that owner empties. */
bool port_lane_waits(const struct port *owner);

#endif
