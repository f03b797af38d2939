/* SPDX-License-Identifier: MIT */
/*
 * main.c - qcu-worker: one session of one guest process
 *
 * DOC: Theory of operation
 *
 * Started by qcu-device only.  The steps, in this order because each needs less
 * than the one before:
 *
 *	options, driver (opens /dev/nvidia*, starts the driver's threads)
 *	a spare: the first device's primary context, which most programs want
 *	cage.c: no way to reach beyond this process
 *	LINK_READY: from here on a guest may reach us
 *	the main thread: link, doorbell, control requests (control.h)
 *	a thread a channel: commands to the driver (channel.c, dispatch.c)
 *
 * Nothing is freed at the end: a session ends by _exit() or SIGKILL, and the
 * kernel, the GPU's driver included, frees what a process had.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/version.h"
#include "qcu-device/worker/cage.h"
#include "qcu-device/worker/channel.h"
#include "qcu-device/worker/control.h"
#include "qcu-device/worker/crowd.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/exchange.h"

static enum qcuda_status driver_status;

static void link_send(enum link_type type)
{
	const struct link_message message = { .type = type, .status = driver_status };

	if (message_send(LINK_FD, &message, sizeof(message), NULL, 0))
		control_end("the daemon does not listen");
}

static void link_memory(const struct link_message *message, struct message_fds *fds)
{
	struct guest_memory memory = { 0 };

	if (message->memory.n != fds->n)
		control_end("a memory table without its files");
	for (unsigned i = 0; i < message->memory.n; i++) {
		const struct link_range *range = &message->memory.range[i];
		const struct guest_range wanted = {
			.gpa = range->gpa,
			.size = range->size,
			.offset = range->offset,
			.fd = message_fds_take(fds),
		};
		int error = guest_memory_add(&memory, &wanted);

		if (error) {
			errno = -error;
			log_error("cannot map guest memory: %m");
			control_end(NULL);
		}
	}
	control_queue_set_memory(&memory);
	link_send(LINK_ACK);
}

static void link_queue(const struct link_message *message, struct message_fds *fds)
{
	int kick = message_fds_take(fds), state = message_fds_take(fds);
	static bool named;

	/* The first time only: later there are threads that may be logging. */
	if (!named)
		log_rename("qcu-worker %u", message->session);
	named = true;
	control_queue_start(&message->layout, kick, message_fds_take(fds), state);
}

static void link_message(const struct link_message *message, struct message_fds *fds)
{
	switch (message->type) {
	case LINK_MEMORY:
		link_memory(message, fds);
		break;
	case LINK_QUEUE:
		link_queue(message, fds);
		break;
	case LINK_CALL:
		control_queue_set_call(message_fds_take(fds));
		break;
	case LINK_STOP:
		control_queue_stop();
		link_send(LINK_ACK);
		break;
	case LINK_EXCHANGED:
		exchange_answered(message, fds);
		break;
	case LINK_SOCKET:
		log_rename("qcu-worker socket %u", message->session);
		control_socket_start(message_fds_take(fds), driver_status);
		break;
	}
}

static void link_ready(void)
{
	struct message_fds fds = { 0 };
	struct link_message message;
	ssize_t n = message_receive(LINK_FD, &message, sizeof(message), &fds);

	if (n == -EAGAIN)
		return;
	if (n != sizeof(message))
		control_end(NULL); /* the daemon has gone */
	link_message(&message, &fds);
	message_fds_close(&fds);
}

enum { POLL_LINK, POLL_JOBS, POLL_KICK, POLL_DOORBELL, POLL_CONNECTION, POLL_COUNT };

static _Noreturn void serve(int jobs)
{
	for (;;) {
		bool busy;
		int connection = control_socket_connection(&busy);
		struct pollfd fds[POLL_COUNT] = {
			[POLL_LINK] = { LINK_FD, POLLIN, 0 },
			[POLL_JOBS] = { jobs, POLLIN, 0 },
			[POLL_KICK] = { control_queue_kick(), POLLIN, 0 },
			[POLL_DOORBELL] = { control_socket_doorbell(), POLLIN, 0 },
			[POLL_CONNECTION] = { connection, busy ? 0 : POLLIN, 0 },
		};

		if (poll(fds, POLL_COUNT, -1) < 0)
			continue;
		/* The doorbell first: a thread of the guest waits. */
		if (fds[POLL_DOORBELL].revents)
			control_socket_rung();
		if (fds[POLL_KICK].revents)
			control_queue_ready();
		if (fds[POLL_JOBS].revents)
			job_finish_all();
		if (fds[POLL_LINK].revents)
			link_ready();
		if (fds[POLL_CONNECTION].revents & (POLLHUP | POLLERR))
			control_end(NULL);
		if (fds[POLL_CONNECTION].revents & POLLIN)
			control_socket_ready();
	}
}

struct options {
	const char *driver;
	enum log_level log;
	int poll_us;
	bool cage;
	bool warm;
	bool crowd;
};

/* Made by the daemon, which has checked them for the user. */
static void options_parse(struct options *options, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "driver", required_argument, NULL, 'd' },
		{ "log", required_argument, NULL, 'l' },
		{ "poll-us", required_argument, NULL, 'p' },
		{ "protocol-minor", required_argument, NULL, 'm' },
		{ "no-cage", no_argument, NULL, 'n' },
		{ "warm", no_argument, NULL, 'w' },
		{ "no-crowd", no_argument, NULL, 'c' },
		{ 0 },
	};
	int id;

	*options = (struct options){ "libcuda.so.1", LOG_LEVEL_WARN, -1, true, false, true };
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (id == 'd')
			options->driver = optarg;
		else if (id == 'p')
			options->poll_us = atoi(optarg);
		else if (id == 'm')
			version_minor = (unsigned int)atoi(optarg);
		else if (id == 'n')
			options->cage = false;
		else if (id == 'w')
			options->warm = true;
		else if (id == 'c')
			options->crowd = false;
		else if (id != 'l' || !log_level_parse(optarg, &options->log))
			die("qcu-worker is started by qcu-device");
	}
}

/* A guest does not get a worker that should be caged and is not. */
static void enter_cage(void)
{
	int error = cage_enter();

	if (!error)
		return;
	errno = -error;
	log_error("cannot give up rights (qcu-device --cage=0 does without): %m");
	driver_status = QCUDA_ERR_DRIVER;
}

int main(int argc, char **argv)
{
	struct options options;

	log_init("qcu-worker", LOG_LEVEL_WARN);
	options_parse(&options, argc, argv);
	log_init("qcu-worker", options.log);
	channel_init(options.poll_us);
	crowd_init(options.crowd);
	driver_status = dispatch_init_process(options.driver, options.warm, options.cage);
	if (options.cage && driver_status == QCUDA_OK)
		enter_cage();
	link_send(LINK_READY);
	serve(job_init());
}
