/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings_text: settings in words, for messages and for the documentation.
 */
#ifndef LASTACK_SETTINGS_TEXT_H
#define LASTACK_SETTINGS_TEXT_H

#include "settings.h"

#define SETTINGS_TEXT_SIZE 1024

/** "tcp.msl". Returns buf, of SETTINGS_TEXT_SIZE. */
char *settings_text_name(const struct setting_section *section, const struct setting *setting,
			 char *buf);

/** "a duration from 100ms to 4m, for example 30s". Returns buf, of SETTINGS_TEXT_SIZE. */
char *settings_text_wanted(const struct setting *setting, char *buf);

/** "did you mean msl?", or the keys that there are. Returns buf, of SETTINGS_TEXT_SIZE. */
char *settings_text_hint(const struct setting_section *section, const char *key, char *buf);

#endif
