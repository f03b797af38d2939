/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/daemon/loop.h"

static int loop_fd = -1;
static bool loop_running;

void loop_init(void)
{
	loop_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop_fd < 0)
		die("epoll_create1: %m");
}

static int loop_control(int operation, struct loop_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop_fd, operation, source->fd, &event) ? -errno : 0;
}

int loop_add(struct loop_source *source)
{
	return loop_control(EPOLL_CTL_ADD, source, EPOLLIN);
}

void loop_pause(struct loop_source *source)
{
	loop_control(EPOLL_CTL_MOD, source, 0);
}

void loop_resume(struct loop_source *source)
{
	loop_control(EPOLL_CTL_MOD, source, EPOLLIN);
}

void loop_unwatch(struct loop_source *source)
{
	loop_control(EPOLL_CTL_DEL, source, 0);
}

void loop_remove(struct loop_source *source)
{
	if (source->fd < 0)
		return;
	/* Explicitly: the file may live on in a worker, and then so would the watch. */
	loop_unwatch(source);
	close(source->fd);
	source->fd = -1;
}

int loop_step(int milliseconds)
{
	struct epoll_event event;
	struct loop_source *source;
	int n = epoll_wait(loop_fd, &event, 1, milliseconds);

	if (n < 1)
		return 0;
	source = event.data.ptr;
	source->ready(source, event.events);
	return 1;
}

void loop_run(void)
{
	loop_running = true;
	while (loop_running)
		loop_step(-1);
}

void loop_stop(void)
{
	loop_running = false;
}
