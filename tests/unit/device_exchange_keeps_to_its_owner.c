/* SPDX-License-Identifier: MIT */
/* exchange.c: a token finds its descriptor, nothing else does; limits; the end of an owner */
/* links: qcu-device/daemon/exchange.c qcu-device/common/message.c */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcu-device/common/link.h"
#include "qcu-device/daemon/exchange.h"

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

static uint8_t token[LINK_TOKEN];

static const uint8_t *token_of(unsigned a, unsigned b)
{
	memset(token, 0, sizeof(token));
	token[0] = a;
	token[LINK_TOKEN - 1] = b;
	return token;
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

int main(void)
{
	const struct worker *one = (void *)token, *two = (void *)(token + 1);
	int mine = descriptor(), other = descriptor(), spare = descriptor();
	unsigned n = 0;

	CHECK(exchange_get(token_of(0, 0)) == -1);
	CHECK(exchange_put(one, token_of(1, 1), mine));
	CHECK(exchange_put(two, token_of(1, 2), other));
	CHECK(exchange_get(token_of(1, 1)) == mine && exchange_get(token_of(1, 2)) == other);
	CHECK(exchange_get(token_of(1, 3)) == -1 && exchange_get(token_of(2, 1)) == -1);
	/* Nobody takes another's token. */
	CHECK(!exchange_put(two, token_of(1, 1), spare) && is_open(spare));
	CHECK(exchange_get(token_of(1, 1)) == mine);

	exchange_forget(one);
	CHECK(exchange_get(token_of(1, 1)) == -1 && !is_open(mine));
	CHECK(exchange_get(token_of(1, 2)) == other && is_open(other));

	/* One worker that leaves much does not keep another from leaving something. */
	while (n < 10000 && exchange_put(one, token_of(n % 256, 10 + n / 256), dup(spare)))
		n++;
	CHECK(n > 1 && n < 200);
	CHECK(exchange_put(two, token_of(3, 3), spare));
	exchange_forget(one);
	CHECK(exchange_put(one, token_of(1, 1), descriptor()));
	exchange_forget(one);
	exchange_forget(two);
	CHECK(!is_open(other) && !is_open(spare) && exchange_get(token_of(3, 3)) == -1);
	return 0;
}
