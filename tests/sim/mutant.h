/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mutant.h: deliberate errors, one for each oracle: an oracle that no error can trip is no oracle.
 *
 * Some stand for a faulty stack (what it sent is altered before anybody sees it), some for a
 * network that no stack can survive, some for a blind spot of the harness. `sim --self-test` runs
 * each and expects its oracle to be the first that complains.
 */
#ifndef SIM_MUTANT_H
#define SIM_MUTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUTANT_HARM_US 2000000U /**< by which MUTANT_HARM makes frames late */

struct sim;
struct side;
struct frame;
struct host;
struct la_worker;
enum la_state;

enum mutant {
	MUTANT_NONE,
#define MUTANT(name, oracle, help) MUTANT_##name,
#include "mutant.def"
#undef MUTANT
	MUTANTS
};

const char *mutant_name(enum mutant mutant);
/** The oracle that must notice; "digest" and "pcap" are found by comparing runs. */
const char *mutant_oracle(enum mutant mutant);
const char *mutant_help(enum mutant mutant);

/** Alters a frame that a host sends, before the oracles see it. */
void mutant_sent(struct sim *sim, uint8_t *bytes, size_t size);

/** Alters a frame that arrives, before the host gets it. */
void mutant_arriving(struct sim *sim, uint8_t *bytes, size_t size);

/** Alters what the oracles take from a delivered segment. */
void mutant_observed(struct sim *sim, struct frame *frame);

/** Alters the congestion window that a status call told. */
uint32_t mutant_cwnd(struct sim *sim, uint32_t cwnd);

/** Alters the time between two repetitions. */
uint64_t mutant_gap(struct sim *sim, uint64_t gap_us);

/** Alters the state that a status call told. */
enum la_state mutant_state(struct sim *sim, enum la_state state);

/** Alters the time of the worker's next event. */
uint64_t mutant_next_event(struct sim *sim, uint64_t next_us);

/** Alters how many bytes the application read. */
size_t mutant_read(struct sim *sim, size_t size);

/** The application forgets to end. */
bool mutant_forgets(struct sim *sim);

/** Whose pool the card fills queue number queue from: the worker's with that number. */
unsigned int mutant_pool(const struct sim *sim, unsigned int queue, unsigned int workers);

/** Whose queues worker is said to use: its own. */
unsigned int mutant_queue(const struct sim *sim, unsigned int worker, unsigned int workers);

/** The worker of a host that was just created may be made to forget to hand over. */
void mutant_worker(const struct host *host, struct la_worker *worker);

/** The card gives a frame to a second worker, too. */
bool mutant_twins(const struct host *host);

/** Alters what worker the answers to an active open are said to come to. */
unsigned int mutant_home(const struct sim *sim, unsigned int workers, unsigned int owner);

/** Real entropy instead of the seed's. */
void mutant_entropy(struct sim *sim, void *buf, size_t size);

/** Strikes once per run: true the first time it is asked for, if it is this mutant's run. */
bool mutant_once(struct sim *sim, enum mutant mutant);

#endif
