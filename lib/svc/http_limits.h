/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_limits.h: every bound of the HTTP service. Value, unit, why.
 */
#ifndef SVC_HTTP_LIMITS_H
#define SVC_HTTP_LIMITS_H

#define HTTP_HEAD_MAX 8192U          /**< bytes of request line and fields; more is a 431 */
#define HTTP_TARGET_MAX 4096U        /**< bytes of a request target; more is a 414 */
#define HTTP_REQUEST_BODY_MAX 65536U /**< bytes of a request body skipped; more is a 413 */
#define HTTP_LINGER_BYTES 262144U    /**< bytes skipped after our FIN before we reset */
#define HTTP_REQUESTS_PER_CALLBACK                                    \
	64U /**< pipelined requests answered before others get a turn \
	     */
#define HTTP_STALL_US                                                                             \
	30000000U /**< who takes nothing of its answer for so long loses its record when the pool \
		     is dry */
#define HTTP_REQUEST_US 20000000U  /**< that a request may take to arrive, by default */
#define HTTP_IDLE_US 75000000U     /**< the idle timeout that the appliance gives HTTP */
#define HTTP_CONTENT_TYPE_MAX 255U /**< bytes of a configured media type */
#define HTTP_ANSWER_HEAD_MAX 1152U /**< bytes of status line and fields of ours */
#define HTTP_REQUESTS_MAX 1048576U /**< records that the pool of requests may have */

#define HTTP_PATH_MAX 256U          /**< bytes of a served path; three times that when encoded */
#define HTTP_FILES_MAX 65536U       /**< files below a root */
#define HTTP_DEPTH_MAX 32U          /**< directories in directories */
#define HTTP_PATTERN_BYTES 1048576U /**< period of a generated body */

_Static_assert(3 * HTTP_PATH_MAX + 256 <= HTTP_ANSWER_HEAD_MAX, "a Location fits into the head");
_Static_assert(HTTP_CONTENT_TYPE_MAX + 256 <= HTTP_ANSWER_HEAD_MAX, "a media type does too");
_Static_assert(HTTP_TARGET_MAX < HTTP_HEAD_MAX, "a long target is seen before a long head");

#endif
