/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * path.h: how large packets a path may carry: the sizes worth trying, and when a larger one is
 * tried again (RFC 1191 section 7, RFC 4821, RFC 8899).
 *
 * An organ: sizes and ticks, no connection. Sizes are bytes of IP packets. A size is known by its
 * class in four bits, a time by its epoch in four bits.
 */
#ifndef TCP_PATH_H
#define TCP_PATH_H

#include <stdbool.h>
#include <stdint.h>

#define PATH_CLASSES 16U /**< 0: none */

/** The size of a class from 1 to 15. */
uint16_t path_size(unsigned int class);

/** The largest class whose size is at most so many bytes; 0: all are larger. */
unsigned int path_class(uint32_t bytes);

/** The next size above so many bytes that is worth trying and not above that of the class ceiling;
 *  0: none. */
uint16_t path_above(uint32_t bytes, unsigned int ceiling);

/** The size to fall back to where packets of so many bytes vanish; 0: none is smaller. */
uint16_t path_below(uint32_t bytes);

/** The epoch that begins at least so many whole epochs after now, less one: 0 to 7 of them. */
unsigned int path_epoch_after(uint32_t now_tick, unsigned int epochs);

/** True from the epoch on, for eight of them. */
bool path_epoch_has_come(uint32_t now_tick, unsigned int epoch);

#endif
