/* SPDX-License-Identifier: MIT */
/*
 * relay.c - be the program: its streams, its signals, its end.
 *
 * One loop over poll().  Each stream has one buffer and is read only when that
 * is empty, so a slow reader at either end holds up its own stream alone, and
 * the writer at the other end in turn.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum {
	PIECE = 16 << 10,
	BOOT_SECONDS = 120, /* a loaded machine without KVM needs 10 */
	BOOT_SECONDS_KVM = 20,
	KEY_SECONDS = 2,
};

enum { SLOT_SIGNALS, SLOT_CONTROL, SLOT_CONSOLE, SLOT_ERRORS, SLOT_STREAMS };

struct stream {
	int from, to;
	bool framed;		/* each piece gets a length in front: stdin */
	bool terminal;		/* after an end of file more may come */
	bool from_end, to_end;	/* nothing more comes; nobody reads any more */
	uint64_t bytes;		/* taken from @from */
	size_t at, used;	/* the part of the buffer still to be written */
	char buffer[sizeof(uint32_t) + PIECE];
};

struct relay {
	struct vm *vm;
	struct outcome *outcome;
	int signals;
	bool asked;	/* one signal that asks to end has been passed on */
	uint64_t key_us; /* when the last key that asks to end was pressed */
	bool done;	/* the outcome is known... */
	uint64_t expect[2]; /* ...and this much output belongs to it */
	bool verbose;
	struct stream stream[3];
};

/* Those that end a program by default and can be sent on; not what our caller ignores */
static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

static int open_signals(void)
{
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		if (sigaction(forwarded[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void tell(struct relay *relay, const struct guest_message *message)
{
	/* 40 bytes always fit: the guest reads them as they come */
	if (write(relay->vm->port[GUEST_CONTROL], message, sizeof(*message)) < 0 && errno != EPIPE)
		warn("cannot talk to the guest: %s", strerror(errno));
}

/*
 * A signal that asks to end is the program's; a second one means the machine.
 * Keys count as second only when pressed soon after another: a shell in the
 * machine may get many.
 */
static bool means_machine(struct relay *relay, const struct signalfd_siginfo *info)
{
	uint64_t now = now_us();
	bool second;

	if (!relay->outcome->started_us)
		return true;
	if (info->ssi_signo == SIGUSR1 || info->ssi_signo == SIGUSR2)
		return false;
	if (info->ssi_code == SI_KERNEL) {
		second = relay->key_us && now - relay->key_us < KEY_SECONDS * 1000000ull;
		relay->key_us = now;
		return second;
	}
	second = relay->asked;
	relay->asked = true;
	return second;
}

static void take_signal(struct relay *relay)
{
	struct signalfd_siginfo info;
	int number;

	if (read(relay->signals, &info, sizeof(info)) != sizeof(info))
		return;
	number = (int)info.ssi_signo;
	if (means_machine(relay, &info)) {
		relay->outcome->signal = number;
		relay->done = true;
		return;
	}
	tell(relay, &(struct guest_message){
		.type = GUEST_SIGNAL, .arg = (uint32_t)number,
		/* a key at the terminal is for all of the foreground, as ever */
		.group = info.ssi_code == SI_KERNEL,
	});
}

static bool read_exactly(int fd, void *buffer, size_t length)
{
	for (size_t done = 0; done < length; ) {
		ssize_t n = read(fd, (char *)buffer + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static void end_stdin(struct relay *relay)
{
	struct stream *in = &relay->stream[0];

	if (!in->to_end)
		close(STDIN_FILENO); /* who writes to it gets SIGPIPE, as from the program */
	in->from_end = in->to_end = true;
	in->used = 0;
}

static void take_message(struct relay *relay)
{
	struct outcome *outcome = relay->outcome;
	struct guest_message message;
	char text[GUEST_TEXT_MAX + 1];

	if (!read_exactly(relay->vm->port[GUEST_CONTROL], &message, sizeof(message)) ||
	    message.length > GUEST_TEXT_MAX ||
	    !read_exactly(relay->vm->port[GUEST_CONTROL], text, message.length)) {
		relay->done = true; /* QEMU is gone: no outcome */
		return;
	}
	text[message.length] = '\0';
	switch (message.type) {
	case GUEST_HELLO:
		outcome->hello_us = now_us();
		break;
	case GUEST_STARTED:
		outcome->started_us = now_us();
		break;
	case GUEST_STDIN_UNUSED:
		end_stdin(relay);
		break;
	case GUEST_EXIT:
		outcome->ended_us = now_us();
		outcome->exited = true;
		outcome->status = (int)message.arg;
		outcome->tainted = message.tainted;
		memcpy(relay->expect, message.bytes, sizeof(relay->expect));
		relay->done = true;
		break;
	case GUEST_NO_EXEC:
		outcome->exec_error = (int)message.arg;
		relay->done = true;
		break;
	case GUEST_FAILED:
		outcome->failure = format("%s", text);
		relay->done = true;
		break;
	default:
		outcome->failure = format("it sent a message of type %u", message.type);
		relay->done = true;
	}
}

/* True when there was something */
static bool take_text(struct relay *relay, int fd)
{
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text));

	if (n > 0)
		console_take(text, (size_t)n, relay->verbose);
	return n > 0;
}

static void stream_fill(struct stream *stream)
{
	size_t header = stream->framed ? sizeof(uint32_t) : 0;
	ssize_t n = read(stream->from, stream->buffer + header, PIECE);
	uint32_t length;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		stream->from_end = n < 0 || !stream->terminal;
		n = 0;
	}
	length = (uint32_t)n;
	stream->bytes += length;
	stream->at = 0;
	stream->used = length + header;
	memcpy(stream->buffer, &length, header);
	if (stream->to_end)
		stream->used = 0;
}

/* Never more than what poll() has promised to take without blocking */
static void stream_empty(struct relay *relay, struct stream *stream)
{
	size_t n = stream->used < PIPE_BUF ? stream->used : PIPE_BUF;
	ssize_t done = write(stream->to, stream->buffer + stream->at, n);

	if (done < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (done < 0) {
		stream->to_end = true;
		stream->used = 0;
		if (stream != &relay->stream[0])
			tell(relay, &(struct guest_message){
				.type = GUEST_UNREAD, .arg = (uint32_t)stream->to });
		return;
	}
	stream->at += (size_t)done;
	stream->used -= (size_t)done;
}

/* A terminal is read only from its foreground: to be stopped is the program's right */
static bool may_read(const struct stream *stream)
{
	pid_t foreground;

	if (!stream->terminal)
		return true;
	foreground = tcgetpgrp(STDIN_FILENO);
	return foreground < 0 || foreground == getpgrp();
}

static struct pollfd stream_wants(const struct stream *stream)
{
	if (stream->used)
		return (struct pollfd){ .fd = stream->to, .events = POLLOUT };
	if (!stream->from_end && may_read(stream))
		return (struct pollfd){ .fd = stream->from, .events = POLLIN };
	return (struct pollfd){ .fd = -1 };
}

/* The program has ended and all that it wrote has been passed on */
static bool finished(const struct relay *relay)
{
	if (!relay->done)
		return false;
	if (!relay->outcome->exited)
		return true;
	for (int i = 0; i < 2; i++) {
		const struct stream *out = &relay->stream[i + 1];

		if (!out->from_end && (out->used || out->bytes < relay->expect[i]))
			return false;
	}
	return true;
}

static int timeout_ms(const struct relay *relay, uint64_t start, int boot_seconds)
{
	uint64_t limit = start + (uint64_t)boot_seconds * 1000000, now = now_us();

	if (relay->outcome->hello_us)
		return 1000; /* look again who has the terminal */
	return now >= limit ? 0 : (int)((limit - now) / 1000) + 1;
}

static void step(struct relay *relay, struct pollfd *fds)
{
	if (fds[SLOT_CONSOLE].revents && !take_text(relay, fds[SLOT_CONSOLE].fd))
		relay->vm->port[0] = -1;
	if (fds[SLOT_ERRORS].revents && !take_text(relay, fds[SLOT_ERRORS].fd))
		relay->vm->errors = -1;
	for (int i = 0; i < 3; i++) {
		struct stream *stream = &relay->stream[i];

		if (!fds[SLOT_STREAMS + i].revents)
			continue;
		if (fds[SLOT_STREAMS + i].revents & POLLHUP)
			stream->terminal = false; /* nobody is there: the end is final */
		if (stream->used)
			stream_empty(relay, stream);
		else
			stream_fill(stream);
	}
	if (fds[SLOT_SIGNALS].revents)
		take_signal(relay);
	if (fds[SLOT_CONTROL].revents)
		take_message(relay);
}

static void drain_text(struct relay *relay, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	while (fd >= 0 && poll(&wait, 1, 0) > 0 && take_text(relay, fd))
		;
}

/**
 * relay() - be the program until it has ended
 * @outcome: how; if it names nothing, the machine died before it could say
 */
void relay(struct vm *vm, struct outcome *outcome, bool verbose)
{
	static struct relay state; /* its buffers are large */
	struct relay *r = &state;
	uint64_t start = now_us();
	int boot_seconds = vm->kvm ? BOOT_SECONDS_KVM : BOOT_SECONDS;

	*r = (struct relay){ .vm = vm, .outcome = outcome, .verbose = verbose };
	r->signals = open_signals();
	r->stream[0].from = STDIN_FILENO;
	r->stream[0].to = vm->port[GUEST_STDIN];
	r->stream[0].framed = true;
	r->stream[0].terminal = isatty(STDIN_FILENO);
	for (int i = 1; i < 3; i++) {
		r->stream[i].from = vm->port[GUEST_STDIN + i];
		r->stream[i].to = i;
	}
	fcntl(vm->port[GUEST_STDIN], F_SETFL, O_NONBLOCK);
	while (!finished(r)) {
		struct pollfd fds[SLOT_STREAMS + 3] = {
			[SLOT_SIGNALS] = { .fd = r->signals, .events = POLLIN },
			[SLOT_CONTROL] = { .fd = r->done ? -1 : vm->port[GUEST_CONTROL],
					   .events = POLLIN },
			[SLOT_CONSOLE] = { .fd = vm->port[0], .events = POLLIN },
			[SLOT_ERRORS] = { .fd = vm->errors, .events = POLLIN },
		};
		int n;

		for (int i = 0; i < 3; i++)
			fds[SLOT_STREAMS + i] = stream_wants(&r->stream[i]);
		n = poll(fds, sizeof(fds) / sizeof(*fds), timeout_ms(r, start, boot_seconds));
		if (n > 0)
			step(r, fds);
		else if (n == 0 && !outcome->hello_us)
			break;
	}
	drain_text(r, vm->port[0]);
	drain_text(r, vm->errors);
	close(r->signals);
}
