/* SPDX-License-Identifier: MIT */
/* worker/exchange.c: notes of what has gone make room; a note that cannot be renewed stays */
/* links: qcu-device/worker/exchange.c qcu-device/daemon/exchange.c qcu-device/common/message.c */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/daemon/exchange.h"
#include "qcu-device/worker/exchange.h"
#include "tests/unit/check.h"

#define SUBJECTS	65536

static int daemon_end;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of these two, the daemon's: */
static struct exchange_owner owner;
static bool full;			/* it has no room for anything */
static uint64_t alive[SUBJECTS];	/* the identity of what is at each address */

/* The daemon and the worker's main thread at once */
static void *serve(void *unused)
{
	struct pollfd readable = { .fd = daemon_end, .events = POLLIN };
	struct message_fds fds = { 0 };
	struct link_message message;
	int none;

	while (poll(&readable, 1, -1) == 1 &&
	       message_receive(daemon_end, &message, sizeof(message), &fds) > 0) {
		pthread_mutex_lock(&lock);
		if (message.type == LINK_PUT)
			message.status = full || !exchange_put(&owner, &message.item, -1);
		else if (message.type == LINK_GET)
			message.status = !exchange_get(&message.item, &none);
		else
			message.status = !exchange_drop(&owner, message.item.token);
		pthread_mutex_unlock(&lock);
		exchange_answered(&message, &fds);
	}
	return unused;
}

static unsigned notes(void)
{
	unsigned count;

	pthread_mutex_lock(&lock);
	count = owner.notes;
	pthread_mutex_unlock(&lock);
	return count;
}

static void be_full(bool is)
{
	pthread_mutex_lock(&lock);
	full = is;
	pthread_mutex_unlock(&lock);
}

static bool is_alive(const struct exchange_subject *subject)
{
	return alive[subject->address] == subject->identity;
}

static bool put(uint64_t address, uint8_t text, struct wire_token *token)
{
	const struct exchange_subject subject = { EXCHANGE_MEMORY, address, alive[address],
						  is_alive };
	uint8_t note[LINK_NOTE];

	memset(note, text, sizeof(note));
	return exchange_put_note(&subject, token, note);
}

static bool is_there(const struct wire_token *token, uint8_t text)
{
	uint8_t note[LINK_NOTE];

	return exchange_get_note(EXCHANGE_MEMORY, token, note) && note[0] == text &&
	       note[LINK_NOTE - 1] == text;
}

static bool same(const struct wire_token *a, const struct wire_token *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* One that makes, exports and frees for ever needs no more room than what is alive. */
static void check_a_loop_of_exports(void)
{
	struct wire_token first, again, token;

	alive[0] = 1;
	CHECK(put(0, 7, &first) && put(0, 7, &again) && same(&first, &again));
	for (uint64_t i = 1; i < 20000; i++) {
		alive[i] = i;
		CHECK(put(i, i, &token) && is_there(&token, i));
		alive[i] = 0;
		CHECK(notes() < 200);
	}
	CHECK(is_there(&first, 7) && put(0, 7, &again) && same(&first, &again));
}

/* What has the address of something that is gone has a token of its own, and the old one none. */
static void check_an_address_again(void)
{
	struct wire_token old, fresh;

	alive[1] = 1;
	CHECK(put(1, 5, &old));
	alive[1] = 2;
	CHECK(put(1, 5, &fresh) && !same(&old, &fresh));
	CHECK(is_there(&fresh, 5) && !is_there(&old, 5));
}

static void check_no_room(void)
{
	struct wire_token old, fresh;

	alive[2] = 1;
	CHECK(put(2, 5, &old));
	be_full(true);
	CHECK(!put(2, 6, &fresh) && is_there(&old, 5));
	be_full(false);
	CHECK(put(2, 6, &fresh) && is_there(&fresh, 6) && !is_there(&old, 5));
}

/* At the limit, what has gone is found and makes room. */
static void check_the_limit(void)
{
	struct wire_token token;
	uint64_t i = 3;

	for (alive[i] = 1; put(i, 1, &token); alive[i] = 1)
		i++;
	CHECK(i > 1000 && !put(i, 1, &token));
	alive[100] = 0;
	CHECK(put(i, 1, &token) && is_there(&token, 1));
}

int main(void)
{
	pthread_t thread;
	int ends[2];

	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
	daemon_end = fcntl(ends[1], F_DUPFD_CLOEXEC, LINK_FD + 1);
	CHECK(daemon_end > LINK_FD && dup2(ends[0], LINK_FD) == LINK_FD);
	CHECK(!pthread_create(&thread, NULL, serve, NULL));
	check_a_loop_of_exports();
	check_an_address_again();
	check_no_room();
	check_the_limit();
	pthread_mutex_lock(&lock);
	exchange_forget(&owner);
	pthread_mutex_unlock(&lock);
	return 0;
}
