/* SPDX-License-Identifier: MIT */
/*
 * vhost_user.c - fuzz what QEMU says to the daemon
 *
 * The input is a stream of steps.  A step whose first byte has the top bit sets
 * guest memory: offset and length follow, 16 bits each, then the bytes.  Any other
 * step is a vhost-user message; its first byte says how many descriptors go along
 * (low 4 bits) and whether they are eventfds (bit 4) or guest memory.  No session
 * is allowed a worker, so that nothing is forked.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/loop.h"
#include "qcu-device/daemon/session.h"
#include "qcu-device/daemon/vhost_user.h"
#include "qcu-device/daemon/worker.h"

#define MEMORY_BYTES	(64u << 10)
#define HEADER_BYTES	12u
#define MESSAGE_MAX	512u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int memory = -1;

static void begin_once(void)
{
	static const struct worker_config config = {
		.path = "/bin/false", .driver = "none", .poll_us = -1, .limit = 0,
	};

	if (memory >= 0)
		return;
	signal(SIGPIPE, SIG_IGN);
	log_level = LOG_LEVEL_SILENT;
	memory = memfd_create("guest", MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, MEMORY_BYTES))
		_exit(1);
	loop_init();
	worker_init(&config);
	session_init(3);
	vhost_user_init(-1, 3, false);
}

static void drain(int peer)
{
	uint8_t answer[4096];

	while (recv(peer, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

/* One message with its descriptors, and let the daemon do all that follows from it. */
static void say(int peer, uint8_t how, const uint8_t *message, size_t size)
{
	const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int fds[15];
	unsigned n = how & 15;

	for (unsigned i = 0; i < n; i++)
		fds[i] = (how >> 4) & 1 ? event : memory;
	message_send(peer, message, size, fds, n);
	for (int steps = 0; steps < 200 && loop_step(0); steps++)
		;
	close(event);
	drain(peer);
}

/* A message from @data; how much of it was used */
static size_t step_message(int peer, const uint8_t *data, size_t size)
{
	uint32_t payload;
	size_t n = HEADER_BYTES;

	if (size < 1 + HEADER_BYTES)
		return size;
	memcpy(&payload, data + 1 + 8, sizeof(payload));
	if (payload < MESSAGE_MAX)
		n += payload;
	if (n > size - 1)
		n = size - 1;
	say(peer, data[0], data + 1, n);
	return 1 + n;
}

static size_t step_memory(const uint8_t *data, size_t size)
{
	uint16_t offset, n;

	if (size < 5)
		return size;
	memcpy(&offset, data + 1, sizeof(offset));
	memcpy(&n, data + 3, sizeof(n));
	if (n > size - 5)
		n = size - 5;
	if (n > MEMORY_BYTES - offset)
		n = MEMORY_BYTES - offset;
	if (pwrite(memory, data + 5, n, offset) != n)
		_exit(1);
	return 5 + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2];

	begin_once();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
		return 0;
	vhost_user_connected(pair[0]);
	while (size) {
		size_t used = data[0] & 0x80 ? step_memory(data, size) :
					       step_message(pair[1], data, size);

		data += used;
		size -= used;
	}
	close(pair[1]);
	while (loop_step(0))
		;
	return 0;
}
