/* SPDX-License-Identifier: MIT */
/* device_log_has_a_bound.c - a guest that has much to be complained of does not fill the disk */
/* links: qcu-device/common/log.c */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "tests/unit/check.h"

static char text[1 << 20];

/* Lines in the file */
static int lines(int fd)
{
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	int count = 0;

	CHECK(n >= 0);
	text[n] = 0;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

static void *complain(void *unused)
{
	for (int i = 0; i < 10000; i++)
		log_warn("the guest does it again");
	return NULL;
}

int main(void)
{
	int fd = memfd_create("log", 0), before, seconds;
	time_t started = time(NULL);
	pthread_t threads[4];

	/* or threads that write at a time overwrite each other: a memfd does not lock its position */
	CHECK(!fcntl(fd, F_SETFL, O_APPEND));
	log_init("test", LOG_LEVEL_WARN);
	log_to(fd);
	errno = ENOENT;
	log_error("cannot: %m");
	CHECK(errno == ENOENT && lines(fd) == 1);
	CHECK(!strcmp(text, "test: cannot: No such file or directory\n"));
	log_info("not asked for");
	CHECK(lines(fd) == 1);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, complain, NULL));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	before = lines(fd);
	/* then one a second, each with a line of what was left out; so may have a thread of the burst */
	seconds = time(NULL) - started + 1;
	CHECK(before >= LOG_BURST && before <= LOG_BURST + 2 * seconds + 4);
	/* it goes on after a while, and says what is not there */
	usleep(1300000);
	log_warn("once more");
	CHECK(lines(fd) >= before + 1 && lines(fd) <= before + 3);
	CHECK(strstr(text, " lines left out\n") && strstr(text, "test: once more\n"));
	/* to debug, all of it is wanted */
	log_init("test", LOG_LEVEL_DEBUG);
	before = lines(fd);
	for (int i = 0; i < 100; i++)
		log_debug("line %d", i);
	CHECK(lines(fd) >= before + 100);
	return 0;
}
