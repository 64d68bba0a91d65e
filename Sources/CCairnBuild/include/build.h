#pragma once

#include <stddef.h>

/// The commit that the executable was built from; empty unless the build was told.
const char *cairn_build_commit(void);

/// When that was made, in seconds since 1970; 0 unless the build was told.
long long cairn_build_time(void);

/// How many words the command line has, the name of the executable among them; 0 where that is not known.
int cairn_argument_count(void);

/// The words of the command line, as they came to the process; NULL where they are not known.
char *const *cairn_arguments(void);
