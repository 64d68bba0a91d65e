#pragma once

/// The commit that the executable was built from; empty unless the build was told.
const char *cairn_build_commit(void);
