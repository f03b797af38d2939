/* SPDX-License-Identifier: MIT */
/* exchange.c: a token finds its descriptor or note, nothing else does; limits; the end of an owner */
/* links: qcu-device/daemon/exchange.c qcu-device/common/message.c */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcu-device/common/link.h"
#include "qcu-device/daemon/exchange.h"
#include "tests/unit/check.h"

static struct link_item item;

static struct link_item *item_of(unsigned a, unsigned b)
{
	memset(&item, 0, sizeof(item));
	item.token[0] = a;
	item.token[LINK_TOKEN - 1] = b;
	return &item;
}

/* The descriptor under a token, -1: nothing, -2: a note */
static int fd_of(unsigned a, unsigned b)
{
	int fd;

	if (!exchange_get(item_of(a, b), &fd))
		return -1;
	return fd < 0 ? -2 : fd;
}

static int descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void check_notes(struct exchange_owner *one, struct exchange_owner *two)
{
	unsigned n = 0;
	int fd;

	item_of(7, 7);
	memset(item.note, 0x5a, sizeof(item.note));
	CHECK(exchange_put(one, &item, -1));
	CHECK(exchange_get(item_of(7, 7), &fd) && fd == -1);
	CHECK(item.note[0] == 0x5a && item.note[LINK_NOTE - 1] == 0x5a);
	CHECK(!exchange_put(two, item_of(7, 7), -1));
	CHECK(!exchange_drop(two, item_of(7, 7)->token) && fd_of(7, 7) == -2);
	CHECK(exchange_drop(one, item_of(7, 7)->token) && fd_of(7, 7) == -1);
	CHECK(!exchange_drop(one, item_of(7, 7)->token));
	while (n < 65536 && exchange_put(one, item_of(n % 256, n / 256), -1))
		n++;
	CHECK(n > 1000 && n < 10000);
	CHECK(exchange_put(two, item_of(255, 255), -1));
	exchange_forget(one);
	CHECK(fd_of(0, 0) == -1 && fd_of(255, 255) == -2);
	exchange_forget(two);
}

/* However many owners leave all they may, the next can leave some. */
static void check_a_newcomer_has_room(void)
{
	static struct exchange_owner greedy[16], newcomer;
	unsigned total = 0, n, of_newcomer = 0;

	for (unsigned i = 0; i < 16; i++, total += n)
		for (n = 0; n < 65536; n++) {
			item_of(i, 0);
			memcpy(item.token + 1, &n, sizeof(n));
			if (!exchange_put(&greedy[i], &item, -1))
				break;
		}
	CHECK(total > 10000 && total < 20000);
	while (of_newcomer < 1000 &&
	       exchange_put(&newcomer, item_of(200 + of_newcomer / 200, of_newcomer % 200), -1))
		of_newcomer++;
	CHECK(of_newcomer >= 16 && of_newcomer < 1000);
	CHECK(exchange_drop(&newcomer, item_of(200, 0)->token));
	CHECK(exchange_put(&newcomer, item_of(200, 0), -1));
	for (unsigned i = 0; i < 16; i++)
		exchange_forget(&greedy[i]);
	CHECK(fd_of(200, 1) == -2 && !greedy[0].notes);
	exchange_forget(&newcomer);
}

int main(void)
{
	struct exchange_owner owners[2] = { 0 }, *one = &owners[0], *two = &owners[1];
	int mine = descriptor(), other = descriptor(), spare = descriptor();
	unsigned n = 0;

	CHECK(fd_of(0, 0) == -1);
	CHECK(exchange_put(one, item_of(1, 1), mine));
	CHECK(exchange_put(two, item_of(1, 2), other));
	CHECK(fd_of(1, 1) == mine && fd_of(1, 2) == other);
	CHECK(fd_of(1, 3) == -1 && fd_of(2, 1) == -1);
	/* Nobody takes another's token. */
	CHECK(!exchange_put(two, item_of(1, 1), spare) && is_open(spare));
	CHECK(fd_of(1, 1) == mine);

	exchange_forget(one);
	CHECK(fd_of(1, 1) == -1 && !is_open(mine));
	CHECK(fd_of(1, 2) == other && is_open(other));

	/* One worker that leaves much does not keep another from leaving something. */
	while (n < 10000 && exchange_put(one, item_of(n % 256, 10 + n / 256), dup(spare)))
		n++;
	CHECK(n > 1 && n < 200);
	CHECK(exchange_put(two, item_of(3, 3), spare));
	exchange_forget(one);
	CHECK(exchange_put(one, item_of(1, 1), descriptor()));
	exchange_forget(one);
	exchange_forget(two);
	CHECK(!is_open(other) && !is_open(spare) && fd_of(3, 3) == -1);
	check_notes(one, two);
	check_a_newcomer_has_room();
	return 0;
}
