/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include <rte_common.h>
#include <rte_mbuf.h>

#include "net/frame.h"
#include "net/net.h"
#include "wire/icmp.h"

#define COST_US (1000000U / ICMP_PER_SECOND) /**< what a message costs on average */
#define CREDIT_MAX_US ((uint64_t)ICMP_BURST * COST_US)
#define QUOTE_BYTES_MAX (ICMP_ERROR_BYTES - IPV4_HEADER_BYTES - ICMP_HEADER_BYTES)
#define QUOTE_PAYLOAD_MIN 8U /**< RFC 792: at least 64 bits behind the header */
#define ERROR_TTL 64U
#define ERROR_TOS 0xc0U /**< RFC 1812 4.3.2.5: precedence 6, internetwork control */

_Static_assert(COST_US > 1, "half of a message's cost is at least a microsecond");

void icmp_limiter_init(struct icmp_limiter *limiter, uint64_t now_us)
{
	limiter->credit_us = CREDIT_MAX_US;
	limiter->updated_us = now_us;
}

bool icmp_limiter_take(struct icmp_limiter *limiter, struct env *env)
{
	uint64_t cost = COST_US / 2 + random_below(&env->random, COST_US + 1);

	assert(env->now_us >= limiter->updated_us);
	limiter->credit_us =
		RTE_MIN(limiter->credit_us + (env->now_us - limiter->updated_us), CREDIT_MAX_US);
	limiter->updated_us = env->now_us;
	if (limiter->credit_us < cost)
		return false;
	limiter->credit_us -= cost;
	return true;
}

/* An error with room for length bytes of quote, which *quote is set to. NULL: no buffer. */
static struct rte_mbuf *build(struct net *net, uint8_t type, uint8_t code, uint32_t length,
			      uint8_t **quote)
{
	struct icmp_message message = { .type = type, .code = code };
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(net->env->mbufs);
	uint8_t *at;

	assert(length <= QUOTE_BYTES_MAX);
	if (mbuf == NULL) {
		drop_count(&net->env->counters, DROP_tx_no_mbuf);
		return NULL;
	}
	at = (uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)(ICMP_HEADER_BYTES + length));
	assert(at != NULL);
	icmp_emit(at, &message);
	*quote = at + ICMP_HEADER_BYTES;
	return mbuf;
}

static void send_error(struct net *net, struct rte_mbuf *mbuf, uint32_t to_ip, uint16_t local_index)
{
	struct egress_to to = {
		.remote = la_addr_from_ipv4(to_ip),
		.local_index = local_index,
		.protocol = IP_PROTOCOL_ICMP,
		.ttl = ERROR_TTL,
		.tos = ERROR_TOS,
	};

	if (egress_send(net, mbuf, &to) == VERDICT_CONTINUE)
		stat_count(&net->env->counters, STAT_tx_icmp_errors);
}

void icmp_error_send(struct net *net, const struct ingress_frame *frame, uint8_t type, uint8_t code)
{
	uint32_t length = RTE_MIN((uint32_t)frame->ip.total_length, QUOTE_BYTES_MAX);
	struct rte_mbuf *mbuf;
	uint8_t *quote;
	const uint8_t *bytes;

	assert(frame->mbuf != NULL);
	/* Sources that may not be answered were dropped before anybody could ask for an error. */
	if (frame->group || frame->ip.fragment_offset != 0 ||
	    frame->ip.protocol == IP_PROTOCOL_ICMP ||
	    !icmp_limiter_take(&net->icmp_limiter, net->env))
		return;
	mbuf = build(net, type, code, length, &quote);
	if (mbuf == NULL)
		return;
	bytes = rte_pktmbuf_read(frame->mbuf, frame->ip_offset, length, quote);
	assert(bytes != NULL);
	if (bytes != quote)
		memcpy(quote, bytes, length);
	send_error(net, mbuf, frame->ip.src, frame->local_index);
}

void icmp_error_send_about(struct net *net, const struct icmp_about *about, uint8_t type,
			   uint8_t code)
{
	uint32_t header = (about->bytes[0] & 0x0fU) * 4U;
	struct rte_mbuf *mbuf;
	uint8_t *quote;

	assert(about->length >= IPV4_HEADER_BYTES && about->length <= QUOTE_BYTES_MAX);
	if (about->length < header + QUOTE_PAYLOAD_MIN)
		return;
	if (about->bytes[9] == IP_PROTOCOL_ICMP && about->bytes[header] != ICMP_ECHO_REQUEST &&
	    about->bytes[header] != ICMP_ECHO_REPLY)
		return;
	if (!icmp_limiter_take(&net->icmp_limiter, net->env))
		return;
	mbuf = build(net, type, code, about->length, &quote);
	if (mbuf == NULL)
		return;
	memcpy(quote, about->bytes, about->length);
	send_error(net, mbuf, about->src, about->local_index);
}
