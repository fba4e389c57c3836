/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 1191 (RFC 8201 for IPv6): the path MTU that ICMP tells, the options of each segment counted,
 * and a larger one tried again after ten minutes (section 6.3). What of it is believed is in
 * rfc5927.c.
 */
#include "reach.h"

#define EPOCH_MS (1048576 * 0.1)

static void reduce_to_1000(void)
{
	listen_with(80, options->path_mtu_probing = true, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(1460);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1460));
	in_icmp_error(3, 4, 1000, 1);
	status_is(mss, 960);
	out(ACK, SEQ(1), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(961), ACK(1), LEN(500));
	in(ACK, SEQ(1), ACK(1461));
}

SCRIPT(size_that_a_router_refused_is_not_tried_for_ten_minutes)
{
	reduce_to_1000();
	after_ms(5 * EPOCH_MS);
	app_send_n(2000);
	out(ACK, SEQ(1461), ACK(1), LEN(960));
	out(ACK, SEQ(2421), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(3381), ACK(1), LEN(80));
	in(ACK, SEQ(1), ACK(3461));
	after_ms(EPOCH_MS);
	app_send_n(2000);
	out(ACK, SEQ(3461), ACK(1), LEN(966));
	silence();
	in(ACK, SEQ(1), ACK(4427));
	out(ACK, SEQ(4427), ACK(1), LEN(966));
	out(PSH | ACK, SEQ(5393), ACK(1), LEN(68));
	in(ACK, SEQ(1), ACK(5461));
}

SCRIPT(router_that_refuses_again_is_believed_again)
{
	reduce_to_1000();
	after_ms(6 * EPOCH_MS);
	app_send_n(2000);
	out(ACK, SEQ(1461), ACK(1), LEN(966));
	in_icmp_error(3, 4, 1000, 1461);
	out(ACK, SEQ(1461), ACK(1), LEN(960));
	out(ACK, SEQ(2421), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(3381), ACK(1), LEN(80));
	in(ACK, SEQ(1), ACK(3461));
	status_is(mss, 960);
	after_ms(4 * EPOCH_MS);
	app_send_n(1920);
	out(ACK, SEQ(3461), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(4421), ACK(1), LEN(960));
	in(ACK, SEQ(1), ACK(5381));
}

SCRIPT(without_the_setting_the_size_stays_small)
{
	establish();
	app_send_n(1460);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1460));
	in_icmp_error(3, 4, 1000, 1);
	out(ACK, SEQ(1), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(961), ACK(1), LEN(500));
	in(ACK, SEQ(1), ACK(1461));
	after_ms(86400000);
	app_send_n(1920);
	out(ACK, SEQ(1461), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(2421), ACK(1), LEN(960));
	in(ACK, SEQ(1), ACK(3381));
}

SCRIPT(jumbo_frames_become_smaller_and_are_tried_again)
{
	configure(mbuf_size, 128 + 9000);
	port_mtu(9000);
	listen_with(80, options->path_mtu_probing = true, options->no_delay = true);
	in(SYN, SEQ(0), MSS(8960));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(8960));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(8960);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(8960));
	in_icmp_error(3, 4, 5000, 1);
	status_is(mss, 4960);
	out(ACK, SEQ(1), ACK(1), LEN(4960));
	out(PSH | ACK, SEQ(4961), ACK(1), LEN(4000));
	in(ACK, SEQ(1), ACK(8961));
	after_ms(6 * EPOCH_MS);
	app_send_n(20000);
	out(ACK, SEQ(8961), ACK(1), LEN(8960));
	silence();
	in(ACK, SEQ(1), ACK(17921));
	out(ACK, SEQ(17921), ACK(1), LEN(8960));
	out(PSH | ACK, SEQ(26881), ACK(1), LEN(2080));
	status_is(mss, 8960);
}
