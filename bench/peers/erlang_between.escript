#!/usr/bin/env escript
%% Items from a process of one node to a process of another on this machine; see bench/micro/between.cpp.
%%     erlang_between.escript one_way COUNT      prints "seconds check"
%% ERL_AFLAGS must give a cookie; an epmd is there (ERL_EPMD_PORT). The other node is this script again; it ends with
%% this one.
-mode(compile).

main(["one_way", Count]) ->
    {ok, _} = net_kernel:start([name("source"), shortnames]),
    register(source, self()),
    _ = open_port({spawn_executable, os:find_executable("escript")},
                  [{args, [escript:script_name(), "serve", atom_to_list(node())]}, exit_status]),
    Sink = receive
               {ready, Pid} -> Pid;
               {_, {exit_status, Status}} -> stop("the other node ended with status ~b~n", [Status])
           end,
    run(Sink, 1),
    Began = erlang:monotonic_time(),
    Check = run(Sink, list_to_integer(Count)),
    Seconds = (erlang:monotonic_time() - Began) / erlang:convert_time_unit(1, second, native),
    io:format("~.6f ~b~n", [Seconds, Check]);
main(["serve", Source]) ->
    Node = list_to_atom(Source),
    {ok, _} = net_kernel:start([name("sink"), shortnames]),
    true = net_kernel:connect_node(Node),
    true = erlang:monitor_node(Node, true),
    Sink = spawn(fun sink/0),
    {source, Node} ! {ready, Sink},
    receive {nodedown, Node} -> halt(0) end;
main(_) ->
    stop("usage: see the source~n", []).

name(Of) ->
    list_to_atom(Of ++ os:getpid() ++ "@localhost").

stop(Format, Words) ->
    io:format(standard_error, Format, Words),
    halt(2).

run(Sink, Count) ->
    Sink ! {expect, Count, self()},
    send(Sink, 0, Count),
    receive
        {all, Check} -> Check;
        {_, {exit_status, Status}} -> stop("the other node ended with status ~b~n", [Status])
    end.

send(_, Count, Count) ->
    ok;
send(Sink, Number, Count) ->
    Sink ! {item, Number, float(Number), 0.5, <<"nnnnnnnnnnnnnnn">>},
    send(Sink, Number + 1, Count).

sink() ->
    receive
        {expect, Count, From} ->
            From ! {all, take(Count, 0)},
            sink()
    end.

take(0, Sum) ->
    Sum;
take(Left, Sum) ->
    receive
        {item, Number, X, Y, Name} -> take(Left - 1, Sum + Number + trunc(X + Y) + byte_size(Name))
    end.
