/* SPDX-License-Identifier: MIT */
/*
 * exec_video.h - how the decoder tells the video instruction what to do: insn.aux
 */
#ifndef SOFTGPU_EXEC_VIDEO_H
#define SOFTGPU_EXEC_VIDEO_H

enum video_aux {
	VIDEO_ADD, VIDEO_SUB, VIDEO_AVERAGE, VIDEO_DISTANCE, VIDEO_MIN, VIDEO_MAX, VIDEO_SET,
	VIDEO_OPERATION = 7,
	VIDEO_EQ = 0, VIDEO_NE, VIDEO_LT, VIDEO_LE, VIDEO_GT, VIDEO_GE,
	VIDEO_COMPARE_SHIFT = 3,	/* three bits */
	VIDEO_FOUR = 1 << 6,		/* four bytes, not two halves */
	VIDEO_A_SIGNED = 1 << 7,
	VIDEO_B_SIGNED = 1 << 8,
	VIDEO_D_SIGNED = 1 << 9,
	VIDEO_SAT = 1 << 10,
	VIDEO_SUM = 1 << 11,		/* c plus all elements */
};

#endif /* SOFTGPU_EXEC_VIDEO_H */
