/* SPDX-License-Identifier: MIT */
/*
 * guest_printf.c - printf() of a kernel
 *
 * The format is the kernel's and not to be trusted: every conversion is taken apart and
 * handed to snprintf() alone, with the argument it needs and no other.  %n is not known.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/guest_printf.h"

#define FIELD_MAX	4096	/* the longest field one number can fill */

struct output {
	char *text;
	size_t used, size;
	bool failed;
};

struct input {
	const struct guest_reader *reader;
	uint64_t at;
	int count;
	bool failed;
};

/* struct conversion - one % of the format; width and precision are -1 without */
struct conversion {
	char flags[8];
	int width, precision;
	bool wide;
	char letter;
};

static void put(struct output *out, const char *text, size_t bytes)
{
	if (out->size - out->used < bytes) {
		size_t size = (out->used + bytes) * 2 + 256;
		char *grown = realloc(out->text, size);

		if (!grown) {
			out->failed = true;
			return;
		}
		out->text = grown;
		out->size = size;
	}
	if (bytes)
		memcpy(out->text + out->used, text, bytes);
	out->used += bytes;
}

static uint64_t take(struct input *in, size_t bytes)
{
	uint64_t value = 0;

	in->at = (in->at + bytes - 1) & ~(uint64_t)(bytes - 1);
	if (!in->reader->bytes(in->reader->context, in->at, &value, bytes))
		in->failed = true;
	in->at += bytes;
	in->count++;
	return value;
}

/* A number in the format, or * for an argument */
static const char *parse_number(const char *c, int *out, struct input *in)
{
	*out = 0;
	if (*c == '*') {
		*out = (int)(uint32_t)take(in, 4);
		return c + 1;
	}
	for (; *c >= '0' && *c <= '9'; c++)
		*out = *out < FIELD_MAX ? *out * 10 + *c - '0' : FIELD_MAX;
	return c;
}

/* @c is behind the % */
static const char *parse_conversion(const char *c, struct conversion *conv, struct input *in)
{
	size_t flags = 0;

	memset(conv, 0, sizeof(*conv));
	conv->width = conv->precision = -1;
	for (; *c && strchr("-+ #0", *c); c++)
		if (flags < sizeof(conv->flags) - 1 && !strchr(conv->flags, *c))
			conv->flags[flags++] = *c;
	if ((*c >= '1' && *c <= '9') || *c == '*')
		c = parse_number(c, &conv->width, in);
	if (conv->width < -1) {
		conv->width = conv->width > -FIELD_MAX ? -conv->width : FIELD_MAX;
		if (!strchr(conv->flags, '-'))
			conv->flags[flags++] = '-';
	}
	if (*c == '.')
		c = parse_number(c + 1, &conv->precision, in);
	for (; *c && strchr("hlLqjzt", *c); c++)
		conv->wide |= *c != 'h';
	conv->letter = *c;
	return *c ? c + 1 : c;
}

static void put_field(struct output *out, const struct conversion *conv, const char *length,
		      uint64_t bits, const char *string)
{
	char spec[32], stack[FIELD_MAX + 512], *field = stack;
	size_t size = sizeof(stack);
	int width = conv->width < FIELD_MAX ? conv->width : FIELD_MAX;
	int precision = conv->precision < FIELD_MAX || string ? conv->precision : FIELD_MAX;
	double number;
	int n;

	snprintf(spec, sizeof(spec), "%%%s*.*%s%c", conv->flags, length, conv->letter);
	width = width < 0 ? 0 : width;
	memcpy(&number, &bits, 8);
	if (string) {
		size += strlen(string);
		field = malloc(size);
		if (!field) {
			out->failed = true;
			return;
		}
		n = snprintf(field, size, spec, width, precision, string);
	} else if (strchr("eEfFgGaA", conv->letter)) {
		n = snprintf(field, size, spec, width, precision, number);
	} else if (*length) {
		n = snprintf(field, size, spec, width, precision, (unsigned long long)bits);
	} else {
		n = snprintf(field, size, spec, width, precision, (unsigned)bits);
	}
	if (n > 0)
		put(out, field, (size_t)n < size ? (size_t)n : size - 1);
	if (field != stack)
		free(field);
}

/* %c and %p have no precision */
static void put_plain(struct output *out, const struct conversion *conv, uint64_t bits)
{
	char text[FIELD_MAX + 32], spec[32];
	int width = conv->width < 0 ? 0 : conv->width < FIELD_MAX ? conv->width : FIELD_MAX;
	bool left = strchr(conv->flags, '-');
	int n;

	if (conv->letter == 'c') {
		snprintf(spec, sizeof(spec), "%%%s*c", left ? "-" : "");
		n = snprintf(text, sizeof(text), spec, width, (int)(unsigned char)bits);
	} else {
		snprintf(spec, sizeof(spec), "%%%s*p", left ? "-" : "");
		n = snprintf(text, sizeof(text), spec, width, (void *)(uintptr_t)bits);
	}
	if (n > 0)
		put(out, text, (size_t)n);
}

static void put_conversion(struct output *out, struct conversion *conv, struct input *in)
{
	const char *string;

	switch (conv->letter) {
	case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
		put_field(out, conv, conv->wide ? "ll" : "", take(in, conv->wide ? 8 : 4), NULL);
		break;
	case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case 'a': case 'A':
		put_field(out, conv, "", take(in, 8), NULL);
		break;
	case 'c':
		put_plain(out, conv, take(in, 4));
		break;
	case 'p':
		put_plain(out, conv, take(in, 8));
		break;
	case 's':
		string = in->reader->string(in->reader->context, take(in, 8));
		put_field(out, conv, "", 0, string ? string : "(null)");
		break;
	case '%':
		put(out, "%", 1);
		break;
	default:
		put(out, &conv->letter, conv->letter ? 1 : 0);
	}
}

void guest_print(struct engine *engine, const char *text, size_t bytes)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (engine->print) {
		engine->print(engine->print_context, text, bytes);
	} else {
		fwrite(text, 1, bytes, stdout);
		fflush(stdout);
	}
	pthread_mutex_unlock(&lock);
}

int guest_printf(struct engine *engine, const struct guest_reader *reader, const char *format,
		 uint64_t arguments)
{
	struct input in = { .reader = reader, .at = arguments };
	struct output out = { 0 };
	struct conversion conv;

	while (*format && !in.failed) {
		size_t plain = strcspn(format, "%");

		put(&out, format, plain);
		format += plain;
		if (!*format)
			break;
		format = parse_conversion(format + 1, &conv, &in);
		put_conversion(&out, &conv, &in);
	}
	if (out.used)
		guest_print(engine, out.text, out.used);
	free(out.text);
	return in.failed || out.failed ? -2 : in.count;
}
