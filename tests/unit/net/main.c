/* SPDX-License-Identifier: BSD-3-Clause */
#include "lab.h"

int main(void)
{
	int failed;

	if (lab_start() != 0)
		return 1;
	failed = run_tables() + run_arp() + run_icmp() + run_fragments() + run_egress() +
		 run_any_bytes() + run_drops() + run_ways() + run_plain() + run_plain_output();
	if (lab_stop() != 0)
		failed++;
	return failed != 0;
}
