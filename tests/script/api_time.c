/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack.h: when there is something to do next, and when an idle flight is handed back. */
#include <errno.h>

#include "config/limits.h"
#include "reach.h"

/** Milliseconds until the worker wants to breathe again. */
static double next_ms(void)
{
	uint64_t next = la_worker_next_event_us(script_worker());

	return (double)(next - la_worker_now_us(script_worker())) / 1000;
}

SCRIPT(without_a_timer_there_is_no_next_event)
{
	configure(arp_expiry_us, 86400000000);
	listen_on(80);
	after_ms(10000); /* announcements of our address */
	must(la_worker_next_event_us(script_worker()) == UINT64_MAX);
}

SCRIPT(next_event_is_never_later_than_the_delayed_acknowledgement)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_got("text");
	must(next_ms() <= 40);
	after_ms(30);
	must(next_ms() <= 10);
	out_after_ms(10, ACK, SEQ(1), ACK(5));
}

SCRIPT(next_event_of_an_open_is_its_retransmission_whatever_was_asked)
{
	configure(arp_expiry_us, 86400000000);
	connect_to(80);
	out(SYN, SEQ(0));
	must(next_ms() <= 1000);
	after_ms(10);
	app_asks_for_room();
	room_not_told();
	must(next_ms() > 900);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	room_told();
	/* Who is open and quiet has no timer. */
	usage_is(timers, 0);
	usage_is(flights, 0);
}

SCRIPT(next_event_is_never_later_than_the_retransmission)
{
	establish();
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	must(next_ms() <= 1000);
	after_ms(999);
	must(next_ms() <= 1.1);
	out_after_ms(1, PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	must(next_ms() <= 2000);
	in(ACK, SEQ(1), ACK(5));
}

SCRIPT(next_event_is_never_later_than_the_syn_ack_again)
{
	reach(LA_SYN_RECEIVED);
	after_ms(999);
	must(next_ms() <= 1.1);
	out_after_ms(1, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(next_event_is_never_later_than_the_end_of_time_wait)
{
	reach(LA_TIME_WAIT);
	must(next_ms() <= 60000);
	after_ms(59999);
	must(next_ms() <= 1.1);
	after_ms(1.2);
	usage_is(time_waits, 0);
}

SCRIPT(next_event_is_never_later_than_the_probe_of_a_closed_window)
{
	establish();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("text");
	silence();
	must(next_ms() <= 1000);
	after_ms(999);
	must(next_ms() <= 1.1);
	after_ms(2);
	must(frames_sent() == 1);
	out_any();
}

SCRIPT(next_event_is_never_later_than_the_end_of_the_grace_period)
{
	reach(LA_FIN_WAIT_2);
	one_breath
	{
		la_stack_stop(script_stack(), 5000000);
	}
	must(next_ms() <= 5000);
	after_ms(4999);
	must(next_ms() <= 1.1);
	after_ms(1);
	out(RST | ACK, SEQ(2), ACK(1));
	closed_because(LA_REASON_STOPPED);
}

SCRIPT(breath_reads_the_clock_once)
{
	uint64_t before;

	establish();
	before = la_worker_now_us(script_worker());
	after_us(1234);
	must(la_worker_now_us(script_worker()) - before == 1234);
}

/* ---- alarms ---- */

/** What rang, in this order. Set again at `again_us`, unless that is 0. */
struct bell {
	struct la_alarm alarm;
	uint64_t rang_us, again_us;
	unsigned int *order, place, times;
};

static void note_ring(struct la_worker *worker, void *arg)
{
	struct bell *bell = arg;

	bell->rang_us = la_worker_now_us(worker);
	bell->times++;
	bell->place = ++*bell->order;
	if (bell->again_us != 0)
		must(la_alarm_set(worker, &bell->alarm, bell->again_us) == 0);
}

#define BELL(count)                                              \
	{                                                        \
		.alarm = { .ring = note_ring }, .order = (count) \
	}

static void set_bell(struct bell *bell, uint64_t in_us)
{
	struct la_worker *worker = script_worker();

	bell->alarm.arg = bell;
	must(la_alarm_set(worker, &bell->alarm, la_worker_now_us(worker) + in_us) == 0);
}

SCRIPT(alarms_ring_once_and_in_the_order_of_their_times)
{
	unsigned int rung = 0;
	struct bell a = BELL(&rung), b = BELL(&rung), c = BELL(&rung);
	uint64_t began;

	listen_on(80);
	began = la_worker_now_us(script_worker());
	set_bell(&b, 2000);
	set_bell(&c, 3000);
	set_bell(&a, 500);
	must(next_ms() <= 0.5);
	after_us(499);
	must(rung == 0);
	after_us(1);
	must(rung == 1 && a.place == 1 && a.rang_us == began + 500);
	after_us(2500);
	must(b.place == 2 && b.rang_us == began + 2000);
	must(c.place == 3 && c.rang_us == began + 3000);
	after_ms(10000);
	must(rung == 3);
}

SCRIPT(alarm_is_moved_and_cancelled)
{
	unsigned int rung = 0;
	struct bell a = BELL(&rung), b = BELL(&rung);
	uint64_t began;

	listen_on(80);
	began = la_worker_now_us(script_worker());
	set_bell(&a, 1000);
	set_bell(&b, 1500);
	set_bell(&a, 2000);
	la_alarm_cancel(script_worker(), &b.alarm);
	la_alarm_cancel(script_worker(), &b.alarm);
	after_ms(10000);
	must(a.times == 1 && a.rang_us == began + 2000);
	must(b.times == 0 && !b.alarm.is_set);
}

SCRIPT(alarm_set_for_a_time_that_is_over_rings_in_the_next_breath)
{
	unsigned int rung = 0;
	struct bell a = BELL(&rung);
	uint64_t began;

	listen_on(80);
	began = la_worker_now_us(script_worker());
	a.again_us = 1;
	set_bell(&a, 0);
	after_us(1);
	must(a.times == 1 && a.rang_us == began + 1);
	a.again_us = 0;
	after_us(1);
	must(a.times == 2 && a.rang_us == began + 2);
}

SCRIPT(more_alarms_than_a_worker_has_are_refused)
{
	static struct bell bells[ALARMS_MAX + 1];
	unsigned int rung = 0;

	listen_on(80);
	for (unsigned int i = 0; i < ALARMS_MAX; i++) {
		bells[i] = (struct bell)BELL(&rung);
		set_bell(&bells[i], 1000);
	}
	bells[ALARMS_MAX] = (struct bell)BELL(&rung);
	must(la_alarm_set(script_worker(), &bells[ALARMS_MAX].alarm, 1) == -ENOSPC);
	must(!bells[ALARMS_MAX].alarm.is_set);
	/* One that is set may be moved all the same. */
	set_bell(&bells[0], 2000);
	after_us(1000);
	must(rung == ALARMS_MAX - 1);
	after_us(1000);
	must(rung == ALARMS_MAX && bells[0].place == ALARMS_MAX);
	/* Those of one time rang in the order in which they were set. */
	must(bells[1].place == 1 && bells[255].place == 255);
}

/* ---- flights ---- */

SCRIPT(idle_flight_is_handed_back_after_its_time)
{
	configure(flight_idle_us, 3000000);
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_got("text");
	usage_is(flights, 1);
	out_after_ms(40, ACK, SEQ(1), ACK(5));
	after_ms(2950);
	usage_is(flights, 1);
	after_ms(51);
	usage_is(flights, 0);
	usage_is(connections, 1);
	in(PSH | ACK, SEQ(5), ACK(1), DATA("more"));
	app_got("more");
	out_after_ms(40, ACK, SEQ(1), ACK(9));
	app_send("goes on");
	out(PSH | ACK, SEQ(1), ACK(9), DATA("goes on"));
	in(ACK, SEQ(9), ACK(8));
}

SCRIPT(idle_flight_is_handed_back_at_once_if_so_told)
{
	configure(flight_idle_us, 0);
	establish();
	usage_is(flights, 0);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_got("text");
	usage_is(flights, 0);
	out_after_ms(40, ACK, SEQ(1), ACK(5));
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(5), DATA("text"));
	usage_is(flights, 1);
	in(ACK, SEQ(5), ACK(5));
	usage_is(flights, 0);
}

SCRIPT(flight_with_unread_text_is_kept)
{
	listen_on(80);
	app_leaves_unread();
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out_after_ms(40, ACK, SEQ(1), ACK(7), WIN(65529));
	after_ms(60000);
	usage_is(flights, 1);
	app_reads("unread");
	after_ms(1001);
	usage_is(flights, 0);
}

SCRIPT(flight_with_text_out_of_order_is_kept)
{
	establish();
	in(PSH | ACK, SEQ(3), ACK(1), DATA("cd"));
	out(ACK, SEQ(1), ACK(1));
	after_ms(60000);
	usage_is(flights, 1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("ab"));
	out(ACK, SEQ(1), ACK(5));
	app_got("abcd");
	after_ms(1001);
	usage_is(flights, 0);
}

/* A service that sends a word, and the peer that takes it. */
static void exchange(uint32_t seq)
{
	app_send("text");
	out(PSH | ACK, SEQ(seq), ACK(1), DATA("text"));
	usage_is(timers, 1);
	in(ACK, SEQ(1), ACK(seq + 4));
}

SCRIPT(exchange_after_a_quiet_time_leaves_nothing_to_fire)
{
	establish();
	exchange(1);
	usage_is(timers, 0);
	after_ms(5000); /* the flight is handed back */
	exchange(5);
	usage_is(timers, 0);
}

SCRIPT(exchanges_that_follow_each_other_share_an_entry)
{
	establish();
	exchange(1);
	exchange(5);
	usage_is(timers, 1);
	after_ms(5000);
	usage_is(timers, 0);
	silence();
}

SCRIPT(entry_is_left_by_those_alone_who_rest_for_less_than_20_ms)
{
	establish();
	exchange(1);
	after_us(19900);
	exchange(5);
	usage_is(timers, 1);
	after_us(20000);
	exchange(9);
	usage_is(timers, 0);
	after_us(19900);
	exchange(13);
	usage_is(timers, 1);
}

/* Wherever in a tick it begins. */
SCRIPT(rest_of_less_than_a_tick_is_a_short_one)
{
	establish();
	after_us(50);
	exchange(1);
	after_us(20);
	exchange(5);
	usage_is(timers, 1);
}
