/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * undo.h: was what was presumed lost really lost? Eifel (RFC 3522, 4015, here by D-SACK, by
 * timestamps and by the shortest round trip) and F-RTO (RFC 5682) as they follow from a scoreboard.
 *
 * Reads and writes the proofs in struct loss and decides nothing but this; loss.c undoes. Knows no
 * connection.
 */
#ifndef TCP_UNDO_H
#define TCP_UNDO_H

#include <stdbool.h>
#include <stdint.h>

struct loss;
struct sack_delivery;

/** A phase is about to begin, with SND.UNA as it is now; loss->phase is still the one before. */
void undo_begin(struct loss *loss, uint32_t snd_una);

/** What an ACK tells of what was presumed lost, and of what was sent again. */
void undo_take_proofs(struct loss *loss, const struct sack_delivery *delivery);

/** True if nothing of it was lost: the window was cut for nothing. */
bool undo_is_due(const struct loss *loss, const struct sack_delivery *delivery);

#endif
