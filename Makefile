# objectset: sets of row ids for PostgreSQL.
#
#   make setup            install what building and testing need (Debian; as root or through sudo)
#   make                  build;  make install  put it into the server that PG_CONFIG names
#   make test             set up, build, install, and run every test on a throw-away server
#   make demo             the same, and a short tour instead of the tests
#   make unit             the unit tests of src/core alone; they need no server
#   make fuzz             the fuzz targets of test/fuzz, which search for faults in src/core; they need clang++ and no
#                         server; MINUTES=1 for each target, TARGET="name ..." for some of them
#   make check-server     tests on a server that checks itself, built from its source package; an hour or more the first time.
#                         VERSION=18 chooses its version; test/check_server.sh says more
#   make installcheck     the SQL tests against a server that is running already
#   make matrix           make demo and make test with each server that Debian's releases have, in bare chroots that are
#                         kept in build/machines; for root, some 40 minutes each. MACHINES="trixie forky" for some of them
#   make dist             the release archive, objectset-VERSION.zip, of what is committed
#   make bench            the benchmarks, an hour or so; BENCH='--quick' makes it minutes (test/bench/run says more)
#   make deb              Debian packages, to build/deb; test/deb.sh --try installs one in a chroot
#   make format           clang-format over the sources
#   make sqlsmith         random queries on a server, QUERIES=20000 of them; test/sqlsmith.sh says more
#   make coverage         which lines of src the tests run, by file; test/coverage.sh says more
#   make lint             clang-format, clang-tidy, cppcheck, shellcheck and perlcritic, as far as they are here
#
# Variables: PG_CONFIG=... chooses the server, WERROR=1 turns warnings into errors, COVERAGE=... are flags of the compiler
# and the linker, behind all others, for test/coverage.sh.

PG_CONFIG  ?= pg_config
PKG_CONFIG ?= pkg-config

# ---- Goals that need nothing installed: everything else is made by a second make, after set-up ------------

early_goals := setup test demo bench coverage sqlsmith format lint fuzz check-server matrix dist deb
later_goals := $(filter-out $(early_goals),$(MAKECMDGOALS))

ifneq (,$(filter $(early_goals),$(MAKECMDGOALS)))

.NOTPARALLEL:
.PHONY: $(early_goals) $(later_goals)

setup:
	@PG_CONFIG='$(PG_CONFIG)' PKG_CONFIG='$(PKG_CONFIG)' CXX='$(CXX)' test/setup.sh

test demo bench check-server coverage sqlsmith: setup

test:
	@test/optional.sh
	@PG_CONFIG='$(PG_CONFIG)' test/run

demo:
	@PG_CONFIG='$(PG_CONFIG)' test/demo/run

bench:
	@PG_CONFIG='$(PG_CONFIG)' test/bench/run $(BENCH)

coverage:
	@PG_CONFIG='$(PG_CONFIG)' test/coverage.sh

sqlsmith:
	@PG_CONFIG='$(PG_CONFIG)' test/sqlsmith.sh $(QUERIES)

fuzz:
	@PKG_CONFIG='$(PKG_CONFIG)' MINUTES='$(MINUTES)' TARGET='$(TARGET)' test/fuzz/run

check-server:
	@PG_CONFIG='$(PG_CONFIG)' VERSION='$(VERSION)' test/check_server.sh

matrix:
	@OBJECTSET_MACHINES="$${OBJECTSET_MACHINES:-$$PWD/build/machines}" \
	    test/machines.sh --keep $(or $(MACHINES),bookworm trixie forky)

dist: name := objectset-$(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" objectset.control)
dist:
	@git diff --quiet HEAD || echo 'note: what is not committed is left out'
	git archive --format=zip --prefix='$(name)/' --output='$(name).zip' HEAD

deb:
	@test/deb.sh

format:
	clang-format -i $(sort $(shell find src test -name '*.cpp' -o -name '*.hpp'))

lint:
	@PG_CONFIG='$(PG_CONFIG)' test/lint.sh

$(later_goals): $(filter setup,$(MAKECMDGOALS))
	@$(MAKE) --no-print-directory $@

else

# ---- What is built from what ------------------------------------------------------------------------------

EXTENSION    = objectset
EXTVERSION  := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" objectset.control)

core_sources := $(sort $(wildcard src/core/*/*.cpp))
pg_sources   := $(sort $(wildcard src/pg/*.cpp src/pg/*/*.cpp))

MODULE_big   = objectset
OBJS         = $(patsubst %.cpp,%.o,$(core_sources) $(pg_sources))
DATA         = $(sort $(wildcard sql/upgrade/*.sql))
DATA_built   = $(EXTENSION)--$(EXTVERSION).sql

REGRESS      = $(patsubst sql/%.sql,%,$(wildcard sql/init.sql) \
                 $(filter-out sql/init.sql,$(sort $(wildcard sql/*.sql))))
ISOLATION   := $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=objectset --encoding=UTF8 --no-locale
REGRESS_OPTS = --encoding=UTF8 --no-locale

EXTRA_CLEAN  = build $(patsubst %.o,%.d,$(OBJS))

# ---- CRoaring: compiled against, opened at run time by src/core/roaring, never linked ---------------------

cleaning := $(if $(MAKECMDGOALS),$(if $(filter-out clean distclean maintainer-clean uninstall,$(MAKECMDGOALS)),,yes))

ifeq (,$(cleaning))
roaring_version := $(shell $(PKG_CONFIG) --modversion roaring 2>/dev/null)
ifneq (ok,$(shell $(PKG_CONFIG) --atleast-version=4 roaring 2>/dev/null && echo ok))
$(error objectset needs CRoaring 4 or later$(if $(roaring_version), (this is $(roaring_version))): run `make setup`, \
  or install libroaring-dev from a newer Debian suite)
endif
roaring_library := $(shell $(PKG_CONFIG) --variable=libdir roaring)/libroaring.so
roaring_soname  := $(shell objdump -p $(roaring_library) 2>/dev/null | awk '$$1 == "SONAME" { print $$2 }')
ifeq (,$(roaring_soname))
$(error objectset opens CRoaring as a shared library, and $(roaring_library) is none)
endif
core_cppflags := -Isrc $(shell $(PKG_CONFIG) --cflags roaring) \
                 -DOBJECTSET_CROARING_SONAME='"$(roaring_soname)"'
endif

# ---- Flags ------------------------------------------------------------------------------------------------

warnings      = -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2 \
                -Wundef -Wvla $(if $(WERROR),-Werror)
core_warnings = -Wpedantic -Wconversion -Wno-sign-conversion -Wold-style-cast
language      = -std=c++17 -fvisibility=hidden -fvisibility-inlines-hidden

PG_CXXFLAGS   = $(language) $(warnings)

# PGXS links with the C compiler before PostgreSQL 18. The standard library's templates are instantiated with
# default visibility whatever we ask for; nothing with a C++ name leaves the module (test/exports.sh).
SHLIB_LINK    = $(COVERAGE) -lstdc++ -ldl -Wl,--exclude-libs,ALL -Wl,--version-script=build/exports.map

# ---- Unit tests: core and GoogleTest, no server; once as it ships and once under sanitizers ---------------

unit_sources := $(core_sources) $(sort $(wildcard test/unit/*.cpp))
unit_flags    = $(language) $(warnings) $(core_warnings) -g $(core_cppflags) -pthread
# Relative to the top of the tree, where they are run: objects do not depend on where the tree stands.
unit_data     = -DOBJECTSET_TEST_DATA='"test/data"' -DOBJECTSET_SHARED_DATA='"../shared/data"'
unit_plain     = -O2
unit_sanitized = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -DOBJECTSET_SANITIZED

.PHONY: unit unit-build
unit: unit-build
	build/unit/plain/unit --gtest_brief=1
	build/unit/sanitized/unit --gtest_brief=1
unit-build: build/unit/plain/unit build/unit/sanitized/unit

define unit_rules
build/unit/$(1)/unit: $(patsubst %.cpp,build/unit/$(1)/%.o,$(unit_sources))
	$$(CXX) $$(unit_flags) $$(unit_$(1)) $$(COVERAGE) -o $$@ $$^ -lgtest_main -lgtest -ldl
build/unit/$(1)/test/%.o: unit_flags += $$(unit_data)
build/unit/$(1)/%.o: %.cpp build/unit/flags
	@mkdir -p $$(@D)
	$$(CXX) $$(unit_flags) $$(unit_$(1)) $$(COVERAGE) -MMD -MP -c -o $$@ $$<
endef
$(foreach kind,plain sanitized,$(eval $(call unit_rules,$(kind))))
-include $(foreach kind,plain sanitized,$(patsubst %.cpp,build/unit/$(kind)/%.d,$(unit_sources)))

# ---- Fuzz targets: with libFuzzer, which clang++ has; and with any compiler, to run the corpus again ---------

fuzz_targets := $(filter-out replay,$(patsubst test/fuzz/%.cpp,%,$(sort $(wildcard test/fuzz/*.cpp))))
# Their inputs are programs, not bytes to be read: what core compares numbers with makes no better input, and to note it took
# half of their time.
fuzz_program_targets := algebra partial saved state
fuzz_sources := $(core_sources) test/unit/support.cpp
fuzz_replay   = $(patsubst %.cpp,build/unit/sanitized/%.o,$(fuzz_sources) test/fuzz/replay.cpp)
FUZZ_CXX     ?= clang++
fuzz_flags    = -O2 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
                -DOBJECTSET_SANITIZED
fuzz_link     = $(FUZZ_CXX) $(unit_flags) $(fuzz_flags) -fsanitize=fuzzer -o $@ $^ -lgtest -ldl

.PHONY: fuzz-build fuzz-replay-build
fuzz-build: $(fuzz_targets:%=build/fuzz/%)
fuzz-replay-build: $(fuzz_targets:%=build/unit/sanitized/fuzz/%)

build/unit/sanitized/fuzz/%: build/unit/sanitized/test/fuzz/%.o $(fuzz_replay)
	@mkdir -p $(@D)
	$(CXX) $(unit_flags) $(unit_sanitized) -o $@ $^ -lgtest -ldl
build/fuzz/%: build/fuzz/objects/test/fuzz/%.o $(patsubst %.cpp,build/fuzz/objects/%.o,$(fuzz_sources))
	$(fuzz_link)
$(fuzz_program_targets:%=build/fuzz/%): build/fuzz/%: build/fuzz/programs/test/fuzz/%.o \
                                                      $(patsubst %.cpp,build/fuzz/programs/%.o,$(fuzz_sources))
	$(fuzz_link)
# Coverage is that of core alone: what a target does by itself is not what is searched.
build/fuzz/objects/src/%.o: fuzz_flags += -fsanitize=fuzzer-no-link
build/fuzz/programs/src/%.o: fuzz_flags += -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp
define fuzz_rules
build/fuzz/$(1)/%.o: %.cpp build/fuzz/flags
	@mkdir -p $$(@D)
	$$(FUZZ_CXX) $$(unit_flags) $$(fuzz_flags) -MMD -MP -c -o $$@ $$<
endef
fuzz_objects  = $(foreach kind,objects programs,$(patsubst %.cpp,build/fuzz/$(kind)/%.$(1),$(fuzz_sources) \
                $(fuzz_targets:%=test/fuzz/%.cpp)))
$(foreach kind,objects programs,$(eval $(call fuzz_rules,$(kind))))
.SECONDARY: $(fuzz_replay) $(fuzz_targets:%=build/unit/sanitized/test/fuzz/%.o) $(call fuzz_objects,o)
-include $(patsubst %,build/unit/sanitized/test/fuzz/%.d,replay $(fuzz_targets)) $(call fuzz_objects,d)

# ---- The server's rules; the unit and fuzz tests do without -------------------------------------------------------

ifneq (,$(filter-out unit unit-build fuzz-build fuzz-replay-build build/fuzz/%,$(or $(MAKECMDGOALS),all)))

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
server_headers := $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)
ifeq (,$(and $(wildcard $(PGXS)),$(wildcard $(server_headers)/postgres.h)))
$(error $(or $(shell command -v $(PG_CONFIG)),$(PG_CONFIG)) $(if $(server_headers),is of $(shell \
  $(PG_CONFIG) --version) and has no server's headers,knows no server): run `make setup`, or give \
  PG_CONFIG=/path/to/pg_config of a server to build for)
endif

# No bitcode: the server's JIT would inline our functions where C++ exceptions find no way out of (test/t/jit.pl).
override with_llvm := no

.DEFAULT_GOAL := all
include $(PGXS)

# PGXS would give every file the server's include path. src/core gets none of it, which proves that it needs
# no server; to src/pg the server's headers are system headers, which our warnings leave alone.
src/core/%.o: override CPPFLAGS := $(core_cppflags) $(filter-out -I%,$(CPPFLAGS))
src/core/%.o: override CXXFLAGS += $(core_warnings)
src/pg/%.o: override CPPFLAGS := $(core_cppflags) -DOBJECTSET_VERSION='"$(EXTVERSION)"' \
  $(patsubst -I%,-isystem %,$(filter-out -I. -I./ -I/usr/include,$(CPPFLAGS)))

# PGXS does not follow headers.
$(OBJS): %.o: %.cpp build/flags
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(COVERAGE) -MMD -MP -c -o $@ $<
-include $(OBJS:.o=.d)

# PGXS reads the list of objects for its own rule, which knows nothing of this file.
$(shlib): build/exports.map

.PHONY: objects
objects: $(OBJS)

$(DATA_built): sql/install $(sort $(wildcard sql/install/*.sql)) objectset.control
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION objectset" to load this file. \quit'; \
	  awk 'FNR == 1 { print "\n-- " FILENAME "\n" } 1' $(filter %.sql,$^); } > $@

endif

# ---- What the objects depend on besides their sources -----------------------------------------------------

# Another server, another compiler or another CRoaring: build again.
build/unit/flags: build_flags = $(CXX) $(shell $(CXX) --version | head -n 1) $(roaring_version) $(WERROR)
build/flags:      build_flags = $(CXX) $(shell $(CXX) --version | head -n 1) $(roaring_version) $(WERROR) \
                                PostgreSQL $(VERSION) $(pkglibdir)
build/fuzz/flags: build_flags = $(FUZZ_CXX) $(shell $(FUZZ_CXX) --version | head -n 1) $(roaring_version) $(WERROR)
build/flags build/unit/flags build/fuzz/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(build_flags)' | cmp -s - $@ || echo '$(build_flags)' > $@

build/exports.map: Makefile
	@mkdir -p $(@D)
	@echo '{ local: _Z*; };' > $@

.PHONY: FORCE
FORCE:

endif
