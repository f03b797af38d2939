/* SPDX-License-Identifier: MIT */
/*
 * backend.h - how the guest's test program steers the test back-end
 *
 * There is no other way from the guest to the back-end than the protocol that is
 * under test.  So the test pins one page at a chosen address, and the back-end
 * takes the address for an order.  All orders but NORMAL hold for one occasion.
 */
#ifndef QCUDA_TEST_BACKEND_H
#define QCUDA_TEST_BACKEND_H

enum backend_order {
	ORDER_NORMAL,
	ORDER_HELLO_MUTE,	/* do not answer the next HELLO */
	ORDER_HELLO_VERSION,	/* refuse it */
	ORDER_OPEN_MUTE,	/* do not answer the next OPEN until the order is NORMAL again */
	ORDER_OPEN_SLOW,	/* answer it after 300 ms */
	ORDER_OPEN_REFUSE,	/* with QCUDA_ERR_NO_MEMORY */
	ORDER_OPEN_DRIVER,	/* with QCUDA_ERR_DRIVER */
	ORDER_OPEN_SHORT,	/* four bytes */
	ORDER_CLOSE_MUTE,	/* do not answer the next CLOSE until the order is NORMAL again */
	ORDER_CLOSE_REFUSE,	/* with QCUDA_ERR_NO_MEMORY */
	ORDER_CLOSE_KEEP,	/* answer it, but keep the queue's buffers */
	ORDER_CONTROL_MUTE,	/* do not answer this session's next control request */
	ORDER_CONTROL_SLOW,	/* answer after 300 ms */
	ORDER_CONTROL_GARBAGE,	/* 24 bytes of 0xa5 */
	ORDER_CONTROL_SHORT,	/* three bytes */
	ORDER_CONTROL_EMPTY,	/* no byte */
	ORDER_CONTROL_REFUSE,	/* with QCUDA_ERR_RANGE */
	ORDER_CONTROL_DEAD,	/* with QCUDA_ERR_DEAD */
	ORDER_CONTROL_DIE,	/* no answer, but a DIED event */
	ORDER_CONTROL_BAD_ID,	/* return a buffer that does not exist */
	ORDER_CONTROL_STORM,	/* answer, after a hundred made-up events */
};

#define ORDER_ADDRESS	0x7e5700000000ull
#define ORDER_STRIDE	0x10000ull

#endif
