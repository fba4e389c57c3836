/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/options.h"

#include <assert.h>

#include "tcp/tcp.h"
#include "wire/tcp_header.h"

/* Headers without options (RFC 6691): 20 or 40 of IP, 20 of TCP. */
static uint16_t headers_of(const struct la_addr *remote)
{
	return (uint16_t)(TCP_HEADER_BYTES + (la_addr_is_ipv4(remote) ? 20 : 40));
}

uint16_t options_mss_announced(const struct tcp *tcp, const struct la_addr *remote,
			       const struct la_tcp_options *settings)
{
	uint16_t mtu = net_mtu(tcp->net, remote);
	uint16_t headers = headers_of(remote);
	uint16_t mss = mtu > headers + TCP_MSS_FLOOR ? (uint16_t)(mtu - headers) : TCP_MSS_FLOOR;

	/* One buffer holds one segment where chains cannot be sent, and always when it is copied.
	 */
	if (mss > SEGMENT_TEXT_MAX)
		mss = SEGMENT_TEXT_MAX;
	if (settings->mss != 0 && settings->mss < mss)
		mss = settings->mss;
	return mss;
}

uint16_t options_mss_offered(const struct tcp_options *options, const struct la_addr *remote)
{
	if (!options->has_mss)
		return la_addr_is_ipv4(remote) ? TCP_DEFAULT_MSS_IPV4 : TCP_DEFAULT_MSS_IPV6;
	return options->mss < TCP_MSS_FLOOR ? TCP_MSS_FLOOR : options->mss;
}

uint16_t options_mss_effective(const struct tcp *tcp, const struct la_addr *remote,
			       const struct la_tcp_options *settings, uint16_t offered)
{
	uint16_t ours = options_mss_announced(tcp, remote, settings);

	assert(offered >= TCP_MSS_FLOOR);
	return offered < ours ? offered : ours;
}
