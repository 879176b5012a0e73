#!/usr/bin/env escript
%%! +P 4000000
%% Actors that end after one message, and actors at rest, as processes of Erlang; see bench/micro/in_process.cpp.
%%     erlang_in_process.escript spawn|idle COUNT      prints "seconds check"; idle: resident bytes of each process
%% ERL_AFLAGS="+S N" sets how many threads run them.
-mode(compile).

main(["spawn", Count]) ->
    Totals = atomics:new(1, []),
    Before = erlang:system_info(process_count),
    Began = erlang:monotonic_time(),
    start(list_to_integer(Count), Totals),
    wait_until(fun() -> erlang:system_info(process_count) =< Before end),
    Seconds = (erlang:monotonic_time() - Began) / erlang:convert_time_unit(1, second, native),
    say(Seconds, atomics:get(Totals, 1));
main(["idle", Count]) ->
    Actors = list_to_integer(Count),
    Born = atomics:new(1, []),
    Before = resident_bytes(),
    rest(Actors, Born),
    wait_until(fun() -> atomics:get(Born, 1) =:= Actors end),
    say((resident_bytes() - Before) / Actors, atomics:get(Born, 1));
main(_) ->
    io:put_chars(standard_error, "usage: see the source\n"),
    halt(2).

start(0, _) ->
    ok;
start(Left, Totals) ->
    spawn(fun() -> receive Value -> atomics:add(Totals, 1, Value) end end) ! Left - 1,
    start(Left - 1, Totals).

rest(0, _) ->
    ok;
rest(Left, Born) ->
    spawn(fun() -> atomics:add(Born, 1, 1), receive stop -> ok end end),
    rest(Left - 1, Born).

%% The one who waits leaves the threads to the others: it looks once in a millisecond.
wait_until(IsSo) ->
    case IsSo() of
        true -> ok;
        false -> receive after 1 -> wait_until(IsSo) end
    end.

resident_bytes() ->
    {ok, Pages} = file:read_file("/proc/self/statm"),
    [_, Resident | _] = binary:split(Pages, <<" ">>, [global]),
    binary_to_integer(Resident) * list_to_integer(string:trim(os:cmd("getconf PAGESIZE"))).

say(Value, Check) ->
    io:format("~.6f ~b~n", [Value, Check]).
