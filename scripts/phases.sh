# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: BSD-3-Clause
#
# phases.sh: the builds and the kinds of test, for scripts/test and scripts/soak.
#
# A phase is a command with a log; what it counts is added up here. Uses lib.sh.

readonly BUILD_RELEASE=build-test/release
readonly BUILD_SANITIZED=build-test/sanitized
readonly BUILD_THREADS=build-test/threads
readonly THREADS_TESTS=(tests/unit/stack/test_threads tests/ctl/test_control)
LOGS=$LIB_ROOT/build-test/logs
PHASES_PASSED=0
PHASES_FAILED=0
PHASES_BAD=()

# Leaks of DPDK's own are suppressed by name, each with its reason in the file.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:halt_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export LSAN_OPTIONS=suppressions=$LIB_ROOT/tests/e2e/lsan.supp:print_suppressions=0

# The build that users get, and those that watch; of the last one, what has threads.
builds_make() {
	local start=$SECONDS
	say "building with gcc, and with clang under AddressSanitizer and UndefinedBehaviorSanitizer"
	build_configure "$BUILD_RELEASE" --buildtype=release -Dwerror=true -Dtests=true
	build_make "$BUILD_RELEASE"
	CC=clang-14 build_configure "$BUILD_SANITIZED" --buildtype=debugoptimized -Dwerror=true \
		-Db_sanitize=address,undefined -Db_lundef=false -Dtests=true -Dfuzz=true
	build_make "$BUILD_SANITIZED"
	CC=clang-14 build_configure "$BUILD_THREADS" --buildtype=debugoptimized -Dwerror=true \
		-Db_sanitize=thread -Db_lundef=false -Dtests=true
	build_make "$BUILD_THREADS" "${THREADS_TESTS[@]}"
	say "      built in $((SECONDS - start)) s"
}

# phase NAME COMMAND...: runs it with a log of its own and counts its cases.
phase() {
	local name=$1 start=$SECONDS status=0 counted
	shift
	printf '%-10s' "$name"
	("$@") >"$LOGS/$name.log" 2>&1 </dev/null || status=$?
	counted=$(python3 scripts/count.py "$LOGS/$name.log" "$status")
	phase_add "$name" "$counted" $((SECONDS - start)) "$LOGS/$name.log"
}

# phase_meson NAME DIRECTORY: all that the build knows as tests.
phase_meson() {
	local name=$1 directory=$2 start=$SECONDS status=0 counted json
	json=$directory/meson-logs/testlog.json
	printf '%-10s' "$name"
	rm -f "$json"
	meson test -C "$directory" --no-rebuild --num-processes 2 --print-errorlogs \
		>"$LOGS/$name.log" 2>&1 </dev/null || status=$?
	if [[ -s $json ]]; then
		counted=$(python3 scripts/count.py "$json" 2>>"$LOGS/$name.log")
	else
		counted="0 1"
	fi
	if [[ $status -ne 0 && $counted == *" 0" ]]; then
		counted="${counted% *} 1"
	fi
	phase_add "$name" "$counted" $((SECONDS - start)) "$LOGS/$name.log"
}

phase_add() {
	local name=$1 passed=${2% *} failed=${2#* } seconds=$3 log=$4
	PHASES_PASSED=$((PHASES_PASSED + passed))
	PHASES_FAILED=$((PHASES_FAILED + failed))
	printf '%5d good %5d bad %5d s\n' "$passed" "$failed" "$seconds"
	if ((failed > 0)); then
		PHASES_BAD+=("$log")
		grep -aE '^(FAIL|not ok|\[  FAILED  \]|.*(ERROR: |runtime error:|FAILED))' "$log" |
			head -n 15 | sed 's/^/          /' || true
	fi
}

# Workers on threads of their own, under ThreadSanitizer.
threads_all() {
	local target status=0
	for target in "${THREADS_TESTS[@]}"; do
		TSAN_OPTIONS=suppressions=$LIB_ROOT/tests/ctl/tsan.supp "$BUILD_THREADS/$target" || status=1
	done
	return "$status"
}

# The line that counts, after the logs to read.
phases_end() {
	local log
	for log in "${PHASES_BAD[@]}"; do
		say "look into $log"
	done
	printf '%d passed, %d failed\n' "$PHASES_PASSED" "$PHASES_FAILED"
	[[ $PHASES_FAILED -eq 0 ]]
}

# fuzz_all SECONDS CORPUS: every fuzz target for so long, two at a time, each with a corpus of its own
# below this directory, where what it finds is kept as well.
fuzz_all() {
	local seconds=$1 corpus=$2 target name status=0 pids=() pid seeds
	for target in "$BUILD_SANITIZED"/tests/fuzz/fuzz_*; do
		[[ -f $target && -x $target ]] || continue
		name=$(basename "$target")
		mkdir -p "$corpus/$name"
		seeds=()
		if [[ -d tests/fuzz/corpus/${name#fuzz_} ]]; then
			seeds=("tests/fuzz/corpus/${name#fuzz_}")
		fi
		"$target" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 -verbosity=0 \
			-entropic=0 -print_funcs=0 -artifact_prefix="$corpus/$name-" \
			"$corpus/$name" "${seeds[@]}" >"$corpus/$name.log" 2>&1 &
		pids+=($!)
		if ((${#pids[@]} == 2)); then
			for pid in "${pids[@]}"; do wait "$pid" || status=1; done
			pids=()
		fi
	done
	for pid in "${pids[@]}"; do wait "$pid" || status=1; done
	for target in "$corpus"/fuzz_*.log; do
		name=$(basename "$target" .log)
		if grep -q 'number_of_executed_units' "$target" &&
			! grep -qE 'ERROR: |SUMMARY: |runtime error' "$target"; then
			echo "ok    $name $(fuzz_figures "$target")"
			echo '[  PASSED  ] 1 test'
		else
			echo "FAIL  $name"
			tail -n 60 "$target"
			echo '[  FAILED  ] 1 test'
			status=1
		fi
	done
	return "$status"
}

# Executions, from the logs of the targets.
fuzz_figures() {
	sed -nE 's/^ok    (fuzz_\w+ [0-9]+ runs)$/\1/p; s/^stat::number_of_executed_units: *([0-9]+)/\1 runs/p' "$1" |
		paste -sd ' '
}

# sim_seeds FROM TO [OPTION]...: the seeds of the simulator, in two processes. Violations leave a pcap in
# LOGS.
sim_seeds() {
	local sim=$BUILD_RELEASE/tests/sim/sim from=$1 to=$2 middle status=0 first
	shift 2
	middle=$(((from + to) / 2))
	"$sim" --seeds "$from-$middle" --pcap-dir "$LOGS" "$@" &
	first=$!
	"$sim" --seeds "$((middle + 1))-$to" --pcap-dir "$LOGS" "$@" || status=1
	wait "$first" || status=1
	return "$status"
}

# sim_repeat FROM TO: every seed twice, in different processes; the digests must be the same.
sim_repeat() {
	local sim=$BUILD_RELEASE/tests/sim/sim status=0 first
	"$sim" --seeds "$1-$2" --digest >"$LOGS/digest-1" &
	first=$!
	"$sim" --seeds "$1-$2" --digest >"$LOGS/digest-2" || status=1
	wait "$first" || status=1
	# The last line has the time in it.
	diff <(grep -v '^sim:' "$LOGS/digest-1") <(grep -v '^sim:' "$LOGS/digest-2") || status=1
	[[ $(grep -cv '^sim:' "$LOGS/digest-1") -eq $(($2 - $1 + 1)) ]] || status=1
	return "$status"
}
