/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h: what the options of a SYN agree on (RFC 9293 section 3.7.1: MSS).
 */
#ifndef TCP_OPTIONS_H
#define TCP_OPTIONS_H

#include <stdint.h>

struct la_addr;
struct la_tcp_options;
struct tcp_options;
struct tcp;

/** The MSS that we announce to remote: the MTU less fixed headers, or the setting if smaller. */
uint16_t options_mss_announced(const struct tcp *tcp, const struct la_addr *remote,
			       const struct la_tcp_options *settings);

/** The MSS the peer's SYN stands for: its option, floored, or the default of its IP version. */
uint16_t options_mss_offered(const struct tcp_options *options, const struct la_addr *remote);

/** The effective send MSS (Eff.snd.MSS): the lesser of what was offered and what fits the path. */
uint16_t options_mss_effective(const struct tcp *tcp, const struct la_addr *remote,
			       const struct la_tcp_options *settings, uint16_t offered);

#endif
