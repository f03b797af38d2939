/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * qcuda_trace.h - every request and every reply, seen from the shell:
 *
 *	echo 1 >/sys/kernel/tracing/events/qcuda/enable
 *	cat /sys/kernel/tracing/trace_pipe
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM qcuda

#if !defined(QCUDA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define QCUDA_TRACE_H

#include <linux/tracepoint.h>

#define qcuda_show_type(type)					\
	__print_symbolic(type,					\
			 { QCUDA_ADMIN_HELLO, "HELLO" },		\
			 { QCUDA_ADMIN_OPEN, "OPEN" },			\
			 { QCUDA_ADMIN_CLOSE, "CLOSE" },		\
			 { QCUDA_REGION_ADD, "REGION_ADD" },		\
			 { QCUDA_REGION_MORE, "REGION_MORE" },		\
			 { QCUDA_REGION_DEL, "REGION_DEL" },		\
			 { QCUDA_CHANNEL_START, "CHANNEL_START" },	\
			 { QCUDA_CHANNEL_STOP, "CHANNEL_STOP" })

TRACE_EVENT(qcuda_request,
	TP_PROTO(const struct qcuda_queue *q, const struct qcuda_request *req),
	TP_ARGS(q, req),
	TP_STRUCT__entry(
		__field(int, minor)
		__field(unsigned int, queue)
		__field(u32, type)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->minor = q->minor;
		__entry->queue = q->index;
		__entry->type = le32_to_cpu(req->message.msg.type);
		__entry->length = le32_to_cpu(req->message.msg.length);
	),
	TP_printk("device=%d queue=%u %s length=%u", __entry->minor, __entry->queue,
		  qcuda_show_type(__entry->type), __entry->length)
);

TRACE_EVENT(qcuda_reply,
	TP_PROTO(const struct qcuda_queue *q, const struct qcuda_request *req),
	TP_ARGS(q, req),
	TP_STRUCT__entry(
		__field(int, minor)
		__field(unsigned int, queue)
		__field(u32, type)
		__field(int, error)
		__field(u32, written)
		__field(u32, status)
	),
	TP_fast_assign(
		__entry->minor = q->minor;
		__entry->queue = q->index;
		__entry->type = le32_to_cpu(req->message.msg.type);
		__entry->error = req->error;
		__entry->written = req->written;
		__entry->status = le32_to_cpu(req->response.status);
	),
	TP_printk("device=%d queue=%u %s error=%d written=%u status=%u", __entry->minor,
		  __entry->queue, qcuda_show_type(__entry->type), __entry->error,
		  __entry->written, __entry->status)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE qcuda_trace
#include <trace/define_trace.h>
