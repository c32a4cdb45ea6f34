# SPDX-License-Identifier: GPL-3.0-or-later
VERSION = 0.1.0
PREFIX ?= /usr/local
DATADIR = $(PREFIX)/share/capsim
CLANG ?= clang
OUT ?= out
ifeq ($(origin CC),default)
CC = gcc
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
# As many jobs as processors unless the caller chose; a plain `make` is parallel.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
MAKEFLAGS += --no-print-directory

# -ffp-contract=off: a fused multiply-add would change results between machines.
WARN = -Wall -Wextra -Wshadow -Wconversion -Wdouble-promotion -Wstrict-prototypes \
	-Wmissing-prototypes -Wswitch-enum -Wundef -Wwrite-strings -Wvla
WARN += $(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
STD = -std=c17 -ffp-contract=off -fno-math-errno -pthread $(WARN)
DEFS = -D_POSIX_C_SOURCE=200809L -Iinclude -Isim -I.
LIBS = -lgsl -lgslcblas -lyaml -ljansson -lmd -lm -pthread

# ---- layers, lowest first; uses_X: whose archives a part of layer X may link
LAYERS = base rng stats theory engine scenario models experiment report cli
uses_base = base
uses_rng = rng base
uses_stats = stats rng base
uses_theory = theory base
uses_engine = engine stats rng base
uses_scenario = scenario theory rng base
uses_models = models engine scenario theory stats rng base
uses_experiment = experiment $(uses_models)
uses_report = report $(uses_experiment)
uses_cli = cli $(uses_report)
dir_models = models
src = $(sort $(wildcard $(or $(dir_$1),sim/$1)/*.c))

# A unit test's layer, by the first word of its name; others link everything.
names_base = arena array check
names_rng = philox rng draw math dist zipf
names_stats = breakdown settle hist level tally series metric estimate decide steady
names_theory = theory
names_engine = calendar heap deadlines ready engine actor trace
names_scenario = scenario units tree schema
names_models = model models
names_experiment = experiment result verify
names_report = report json csv
TESTS = $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
word1 = $(firstword $(subst _, ,$(patsubst test_%,%,$1)))
layer_of = $(or $(strip $(foreach l,$(LAYERS),$(if $(filter $(word1),$(names_$l)),$l))),cli)

# ---- configurations: each builds into build/NAME; no make calls make
CONFIGS = release clang O0 O3 asan ubsan tsan lint-gcc lint-clang
cc_clang = $(CLANG)
cc_lint-clang = $(CLANG)
SAN = -O1 -g -DCS_DEBUG -fno-omit-frame-pointer
flags_O0 = -O0 -g
flags_O3 = -O3 -g
flags_asan = $(SAN) -fsanitize=address
flags_ubsan = $(SAN) -fsanitize=undefined,float-cast-overflow -fno-sanitize-recover=all
flags_tsan = $(SAN) -fsanitize=thread
flags_lint-gcc = -O2 -Werror
flags_lint-clang = -O2 -Werror
compile = $(or $(cc_$1),$(CC)) $(STD) $(or $(flags_$1),$(CFLAGS)) $(DEFS) $(CPPFLAGS) -MMD -MP
link = $(or $(cc_$1),$(CC)) $(or $(flags_$1),$(CFLAGS)) $(LDFLAGS)
archives = $(patsubst %,build/$1/lib%.a,$2)
objects = $(patsubst %.c,build/$1/%.o,$(foreach l,$(LAYERS),$(call src,$l)) sim/main.c \
	$(TESTS:%=tests/unit/%.c))
unit = $(patsubst %,build/$1/tests/unit/%,$(TESTS))

all: capsim

capsim: build/release/capsim
	@ln -f $< $@ 2>/dev/null || cp -f $< $@

define archive # configuration, layer
build/$1/lib$2.a: $$(patsubst %.c,build/$1/%.o,$$(call src,$2)) | deps
	@mkdir -p $$(@D) && rm -f $$@ && ar rcs $$@ $$^
endef

# Tests of the models listen to every answer (tests/unit/model_fixture.h), and
# one counts what is allocated.
wrap = cs_request_settle $(if $(filter %_memory,$1),malloc calloc realloc)
listen = $(if $(filter test_model_%,$1),$(patsubst %,-Wl$(comma)--wrap=%,$(call wrap,$1)))
comma = ,

define unit_test # configuration, test: its own layer whole, then those below
build/$1/tests/unit/$2: build/$1/tests/unit/$2.o $$(call archives,$1,$$(uses_$(call layer_of,$2)))
	@echo "  LD   $$@"
	@$$(call link,$1) $(call listen,$2) -o $$@ $$< -Wl,--whole-archive $$(word 2,$$^) -Wl,--no-whole-archive \
		$$(wordlist 3,99,$$^) -lcriterion $$(LIBS)
endef

define config
build/$1/%.o: %.c Makefile | deps
	@mkdir -p $$(@D) && echo "  CC   $$@"
	@$$(call compile,$1) -c -o $$@ $$<
build/$1/sim/main.o build/$1/sim/cli/%.o: DEFS += -DCAPSIM_VERSION='"$$(VERSION)"' \
	-DCAPSIM_DATADIR='"$$(DATADIR)"'
build/$1/capsim: build/$1/sim/main.o $$(call archives,$1,$$(uses_cli))
	@echo "  LD   $$@"
	@$$(call link,$1) -o $$@ $$^ $$(LIBS)
$$(foreach l,$$(LAYERS),$$(eval $$(call archive,$1,$$l)))
$$(foreach t,$$(TESTS),$$(eval $$(call unit_test,$1,$$t)))
endef
$(foreach c,$(CONFIGS),$(eval $(call config,$c)))

# ---- targets
run: capsim
	./capsim run configs/oriva.yaml --out $(OUT)/oriva --exit-zero

test: capsim $(call unit,release) build/clang/capsim build/O0/capsim
	@CC='$(CC)' LIBS='$(LIBS)' tests/run

coverage = build/release/tests/coverage/coverage
$(coverage): $(coverage).o $(call archives,release,$(uses_experiment))
	@echo "  LD   $@"
	@$(call link,release) -o $@ $^ $(LIBS)
test-slow: $(coverage) $(patsubst %,build/%/capsim,release clang O0 O3 asan ubsan tsan)
	$(coverage) tests/coverage/mm2.yaml
	tests/coverage/matrix.sh
	python3 tests/ctmc/compare.py build/release/capsim 25 2

san_env = ASAN_OPTIONS=abort_on_error=0 TSAN_OPTIONS=halt_on_error=1 \
	LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0
check-asan: build/asan/capsim $(call unit,asan)
check-ubsan: build/ubsan/capsim $(call unit,ubsan)
check-tsan: build/tsan/capsim
check-asan check-ubsan check-tsan: check-%:
	@$(san_env) tests/sanitizer $*

lint: $(call objects,lint-gcc) $(call objects,lint-clang)
	@tests/arch/run.sh style

format: | deps
	clang-format -i $(wildcard include/capsim/*.h sim/*.c sim/*/*.[ch] models/*.[ch] tests/unit/*.c)

deps:
	@CC='$(CC)' .ci/deps $(filter run test test-slow lint format check-%,$(MAKECMDGOALS))

bindir = $(DESTDIR)$(PREFIX)/bin
datadir = $(DESTDIR)$(DATADIR)
install: capsim
	install -d $(bindir) $(datadir) $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 capsim $(bindir)/capsim
	cp -R configs plots $(datadir)/
	install -m 644 sim/cli/capsim.1 $(DESTDIR)$(PREFIX)/share/man/man1/capsim.1
	install -m 644 sim/cli/capsim.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/capsim

clean:
	rm -rf build capsim

help:
	@echo "make             build ./capsim"
	@echo "make run         simulate configs/oriva.yaml, write $(OUT)/oriva/report.html"
	@echo "make test        every test; the last line counts them"
	@echo "make test-slow   coverage of the intervals, and the same bytes from every build"
	@echo "make check-asan  the tests under AddressSanitizer; also check-ubsan, check-tsan"
	@echo "make lint        gcc and clang with warnings as errors, style gates"
	@echo "make format      clang-format on the sources"
	@echo "make install     into PREFIX (default /usr/local), below DESTDIR if given"
	@echo "make deps        install the packages that are missing"
	@echo "make clean       remove what was built"
	@echo "Missing packages are installed with apt-get; NODEPS=1 leaves that out."

.PHONY: all run test test-slow check-asan check-ubsan check-tsan lint format deps install clean help
.SECONDARY:
-include $(wildcard build/*/*/*.d build/*/*/*/*.d)
