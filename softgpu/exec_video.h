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
	/* Of one element, a part of a register, only */
	VIDEO_SHIFT_LEFT = 1 << 12, VIDEO_SHIFT_RIGHT = 1 << 13,	/* instead of the operation */
	VIDEO_WRAP = 1 << 14,		/* a shift by b modulo 32, not by 32 at most */
	VIDEO_MIN_C = 1 << 15, VIDEO_MAX_C = 1 << 16,	/* with the result; VIDEO_SUM: its sum with c */
	VIDEO_A_PART = 17, VIDEO_B_PART = 20, VIDEO_D_PART = 23,	/* three bits, enum video_part */
	/* Of vmad, instead of the operation */
	VIDEO_MINUS_PRODUCT = 1 << 0, VIDEO_MINUS_C = 1 << 1, VIDEO_PLUS_ONE = 1 << 2,
	VIDEO_SHR7 = 1 << 3, VIDEO_SHR15 = 1 << 4,
};

enum video_part { PART_ALL, PART_B0, PART_B1, PART_B2, PART_B3, PART_H0, PART_H1 };

#endif /* SOFTGPU_EXEC_VIDEO_H */
