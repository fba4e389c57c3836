/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

int main(void)
{
	int failed;

	if (frames_start() != 0)
		return 1;
	failed = run_ethernet() + run_arp() + run_ipv4() + run_icmp() + run_tcp_header() +
		 run_tcp_options() + run_checksum() + run_print();
	if (frames_stop() != 0)
		failed++;
	return failed != 0;
}
