/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sim.h: one run: hosts, links, sessions and oracles in one thread and in virtual time.
 *
 * Owns the clock and the order of events. sim_run() is a pure function of its configuration: the
 * same seed gives the same digest.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "digest.h"
#include "flood.h"
#include "host.h"
#include "link.h"
#include "mutant.h"
#include "oracle.h"
#include "pcap.h"
#include "rogue.h"
#include "swarm.h"

#define SIM_RUNGS_KEPT 64U     /**< last rungs of the ladder that a failure prints */
#define SIM_POLLS_MAX 1000U    /**< breaths at one moment before it counts as spinning */
#define SIM_STEPS_MAX 4000000U /**< moments of a run before it counts as endless */
#define SIM_COUNTERS_MAX 256U  /**< counters of each kind that coverage can hold */

struct sim_rung {
	uint8_t host, worker;
	struct la_rung rung;
};

struct sim {
	struct scenario scenario;
	uint64_t now_us;
	uint64_t steps;
	bool calm; /**< the faults are over */
	bool verbose;
	bool all_steps; /**< no segment takes a short cut */
	bool unwatched; /**< no ladder is armed */
	bool lonely;    /**< rogues keep away */
	bool probing;   /**< runs only up to the first SYN, to learn its number */
	bool probed;
	uint32_t probed_isn;
	enum mutant mutant;
	uint64_t mutations; /**< times the mutant has struck */
	struct host hosts[HOSTS_MAX];
	struct link links[ENDS_MAX][ENDS_MAX];
	struct wire wire;
	struct app app;
	struct rogues rogues;
	struct flood flood;
	struct oracle oracle;
	struct digest digest;
	struct pcap pcap;
	uint64_t rung_count;
	struct sim_rung rungs[SIM_RUNGS_KEPT]; /**< the last of all hosts, a ring */
};

struct sim_config {
	uint64_t seed;
	uint32_t flood; /**< not 0: swarm_draw_flood() with so many */
	enum mutant mutant;
	bool idle_set; /**< flight_idle_us replaces what was drawn */
	uint64_t flight_idle_us;
	bool all_steps; /**< no segment takes a short cut */
	bool unwatched; /**< no ladder is armed: some short ways are for that alone */
	bool calm;      /**< links have no faults from the start */
	bool lonely;    /**< rogues and floods keep away */
	bool verbose;
	bool ladder;                   /**< prints the rungs even if all went well */
	const char *pcap_path;         /**< NULL: none */
	struct sim_coverage *coverage; /**< added to; NULL: not wanted */
};

/** Counters summed over runs, by number as la_stat_name() and la_drop_name() know them. */
struct sim_coverage {
	uint64_t runs, steps, frames, bytes;
	uint64_t stats[SIM_COUNTERS_MAX];
	uint64_t drops[SIM_COUNTERS_MAX];
	uint64_t faults_lost, faults_corrupted, faults_duplicated, faults_held_back, faults_queue;
	uint64_t faults_marked, faults_too_big;
	uint64_t reasons[LA_REASONS];
};

struct sim_result {
	struct violation violation; /**< .oracle NULL: none */
	uint64_t digest;
	uint64_t virtual_us;
	uint64_t closed_us[SESSIONS_MAX +
			   ROGUES_MAX]; /**< clean sessions: when both sides were told */
};

/** Runs one seed. EAL must be up. */
void sim_run(const struct sim_config *config, struct sim_result *out);

/** Called by a host for each frame it sends; the sim copies it. */
void sim_frame_sent(struct sim *sim, unsigned int host, uint8_t *bytes, size_t size);

/** Called by a rogue for each frame that it sends to a host; the sim copies it. */
void sim_rogue_sent(struct sim *sim, unsigned int to, const uint8_t *bytes, size_t size);

/** Notes something for the digest and, if asked, for people. */
void sim_note(struct sim *sim, const struct side *side, const char *what, uint64_t value);

#endif
