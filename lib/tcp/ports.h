/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ports.h: the local ports of active opens (RFC 6056).
 *
 * A port is one that no record has with this peer, that nobody listens on, and with which the
 * peer's answers come to this worker (home_ports.h). For each destination the ports are gone
 * through in an order that begins at a secret place and goes on where the last choice ended (RFC
 * 6056 3.3.4): what was given back last is taken last. A destination that ran dry is told so at
 * once, until it has given one back (spare_ports.h).
 *
 * That a port is in use it learns from the table of connections; TIME-WAIT is a use like others
 * (RFC 9293 MUST-13).
 */
#ifndef TCP_PORTS_H
#define TCP_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

#include "base/siphash.h"
#include "config/limits.h"
#include "tcp/home_ports.h"
#include "tcp/spare_ports.h"

struct tcp;
struct tcp_config;
struct tcp_tuple;

/** A destination to which an open was refused for want of a port. */
struct port_shortage {
	struct la_addr remote;
	uint16_t remote_port; /**< 0: an empty place */
	uint64_t refused;     /**< opens */
	uint64_t last_us;     /**< when the last of them was */
};

struct ports {
	struct siphash_key key;
	struct home_ports home;
	uint16_t first, last;      /**< the range that ports are taken from */
	uint32_t listener_changes; /**< of the listeners, when spares were last forgotten */
	/** Where searches go on, in steps from where a destination begins; by its place. */
	uint16_t next[PORT_LINES];
	struct spare_ports spares;
	struct port_shortage shortages[PORT_SHORTAGES];
};

/** Of config it reads the range, rss, which must outlive the structure, and the worker. */
void ports_init(struct ports *ports, const struct siphash_key *key,
		const struct tcp_config *config);

/** Sets tuple->local_port, of a tuple that is complete otherwise. 0 or -EADDRNOTAVAIL. */
int ports_choose(struct tcp *tcp, struct tcp_tuple *tuple);

/** How the search goes on if a guess is right. */
struct port_guess {
	uint16_t place, next;
};

/**
 * Sets tuple->local_port to the port that a search would look at first, without a look into the
 * table: mostly it is free, and who does something else before he looks does not wait for memory.
 * False when ports_choose() has to tell.
 */
bool ports_guess(struct tcp *tcp, struct tcp_tuple *tuple, struct port_guess *guess);

/** The port was free: it is what ports_choose() would have chosen. */
void ports_guessed_right(struct tcp *tcp, const struct port_guess *guess);

/** True if the answers to a connection with this tuple come to this worker. */
bool ports_come_home(const struct tcp *tcp, const struct tcp_tuple *tuple);

/** Notes that an open to this peer was refused, whatever addresses of ours were tried. */
void ports_note_shortage(struct tcp *tcp, const struct la_addr *remote, uint16_t remote_port);

void ports_give(struct ports *ports, const struct tcp_tuple *tuple);

/** A record with this tuple has left the table, or was none yet: its port may be taken again. */
static inline void ports_free(struct ports *ports, const struct tcp_tuple *tuple)
{
	if (unlikely(ports->spares.marked > 0))
		ports_give(ports, tuple);
}

#endif
