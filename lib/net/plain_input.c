/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/plain_input.h"

#include "base/order.h"
#include "net/frame.h"
#include "net/net.h"

void plain_entrance_open(struct plain_entrance *entrance, const struct net *net, unsigned int port)
{
	const struct port *by = net->ports[port];

	entrance->gate = plain_gate(by->mac, frame_flags_believed(by), by->vlan != 0);
	entrance->net = net;
	entrance->ways = &net->ways;
	entrance->dst = UINT64_MAX;
	entrance->port = (uint16_t)port;
}

bool plain_find_local(struct plain_entrance *entrance, uint32_t dst)
{
	int index = address_find_ipv4(&entrance->net->addresses, order_32(dst));

	if (index < 0)
		return false;
	entrance->local_index = (uint16_t)index;
	entrance->dst = dst;
	return true;
}

bool plain_source_is_legal(const struct net *net, uint32_t src)
{
	struct la_addr addr = addr_from_ipv4(src);

	return net_peer_legal(net, &addr);
}
