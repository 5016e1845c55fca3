"""How a call moves from block to block, and how it ends."""

import pytest
from calls_support import END, ScriptedWorld, block, branches, call, contact, content, say

from callsim.record import CallRecord, Outcome, Who
from callsim.state import Limits, UnsetPaths
from callsim.walker import walk


def compare(path: str, *conditions: tuple[str, str, str], otherwise: str = "other") -> CallRecord:
    return call(
        block(
            "test",
            "Compare",
            otherwise,
            errors={"NoMatchingCondition": otherwise},
            conditions=conditions,
            ComparisonValue=path,
        ),
        say("yes", "yes", "end"),
        say("also", "also", "end"),
        say("other", "other", "end"),
        END,
        attributes={"k": "v", "same": "v"},
    )


def test_the_first_condition_that_holds_wins() -> None:
    record = compare("$.Attributes.k", ("Equals", "v", "yes"), ("TextContains", "v", "also"))
    assert record.said() == ("yes",)
    assert record.path[0].branch == "Equals v"
    assert record.path[0].next == "yes"


def test_no_condition_takes_the_branch_for_that() -> None:
    record = compare("$.Attributes.k", ("Equals", "w", "yes"))
    assert branches(record)[0] == ("test", "NoMatchingCondition")
    assert record.said() == ("other",)


def test_a_comparison_without_conditions_goes_on() -> None:
    assert compare("$.Attributes.k").said() == ("other",)


def test_an_operand_may_be_a_path() -> None:
    assert compare("$.Attributes.k", ("Equals", "$.Attributes.same", "yes")).said() == ("yes",)


def test_an_unset_value_matches_no_condition_and_is_reported() -> None:
    record = compare("$.Attributes.none", ("Equals", "v", "yes"))
    assert record.said() == ("other",)
    assert record.warnings == ("'test' reads $.Attributes.none, which is not set.",)


def test_a_namespace_connect_does_not_have_is_reported_as_such() -> None:
    record = compare("$.CustomerInput.x", ("Equals", "v", "yes"))
    assert record.warnings == (
        "'test' reads $.CustomerInput.x, and Connect has no $.CustomerInput.",
    )


def test_strict_unset_paths_stop_the_call() -> None:
    record = call(say("hello", "Hello $.Attributes.name", "end"), END, unset=UnsetPaths.STRICT)
    assert record.outcome is Outcome.ERROR
    assert record.path[0].branch == "stop"
    assert "$.Attributes.name" in str(record.why)


@pytest.mark.parametrize("value", ["v", "$.Attributes.k and", 5])
def test_only_a_path_can_be_compared(value: object) -> None:
    record = call(block("test", "Compare", "end", ComparisonValue=value), END)
    assert record.outcome is Outcome.ERROR


def test_an_operator_connect_does_not_know_stops_the_call() -> None:
    record = compare("$.Attributes.k", ("Contains", "v", "yes"))
    assert record.outcome is Outcome.ERROR
    assert "'Contains'" in str(record.why)


def test_a_block_that_is_not_simulated_stops_the_call() -> None:
    record = call(say("hello", "Hello", "menu"), block("menu", "GetParticipantInput", "end"), END)
    assert record.outcome is Outcome.ERROR
    assert "GetParticipantInput" in str(record.why)
    assert branches(record) == [("hello", "NextAction"), ("menu", "stop")]
    assert "cannot go on" in record.transcript[-1].text


def test_a_transition_into_nothing_stops_the_call() -> None:
    record = call(say("hello", "Hello", "nowhere"))
    assert record.outcome is Outcome.ERROR
    assert "'nowhere'" in str(record.why)


def test_a_block_that_leads_nowhere_stops_the_call() -> None:
    record = call(block("set", "UpdateFlowLoggingBehavior", FlowLoggingBehavior="Enabled"))
    assert record.outcome is Outcome.ERROR
    assert "no NextAction" in str(record.why)


def test_a_call_that_goes_round_in_circles_is_stopped() -> None:
    record = call(say("a", "A", "b"), say("b", "B", "a"), limits=Limits(steps=50))
    assert record.outcome is Outcome.ERROR
    assert len(record.path) == 50


def test_a_missing_flow_stops_the_call() -> None:
    record = walk("gone", contact(), ScriptedWorld())
    assert record.outcome is Outcome.ERROR
    assert "'gone'" in str(record.why)


def test_a_failure_without_its_branch_would_drop_the_caller() -> None:
    record = call(block("q", "UpdateContactTargetQueue", "end", QueueId="none"), END)
    assert record.outcome is Outcome.ERROR
    assert "drop the call" in str(record.why)


def test_an_error_type_without_its_own_branch_takes_the_general_one() -> None:
    world = ScriptedWorld()
    record = call(
        block(
            "cb",
            "UpdateContactCallbackNumber",
            "end",
            errors={"NoMatchingError": "sorry"},
            CallbackNumber="$.Attributes.none",
        ),
        say("sorry", "Sorry.", "end"),
        END,
        world=world,
    )
    assert branches(record)[0] == ("cb", "NoMatchingError")


def test_a_flow_that_speaks_last_has_completed_the_call() -> None:
    record = call(say("bye", "Goodbye.", "end"), END)
    assert record.outcome is Outcome.COMPLETED
    assert record.transcript[-1].text == "disconnects the caller"


def test_ending_without_a_word_is_a_silent_hang_up() -> None:
    assert call(END).outcome is Outcome.HUNG_UP_SILENTLY


def test_a_greeting_does_not_count_as_a_word_about_what_failed_later() -> None:
    no = {"QueueAtCapacity": "end", "NoMatchingError": "end"}
    record = call(
        say("hello", "Hello", "queue"), block("queue", "TransferContactToQueue", "end", errors=no),
        END,
    )  # fmt: skip
    assert record.outcome is Outcome.HUNG_UP_SILENTLY


def test_a_flow_that_ends_takes_the_call_with_it() -> None:
    record = call(say("bye", "Goodbye.", "end"), block("end", "EndFlowExecution"))
    assert record.outcome is Outcome.COMPLETED


def test_a_call_goes_on_in_another_flow_without_this_flows_attributes() -> None:
    no = {"NoMatchingError": "end"}
    world = ScriptedWorld(
        flows={"other": content(say("there", "[$.FlowAttributes.x] $.Attributes.k", "end"), END)}
    )
    record = call(
        block("fa", "UpdateFlowAttributes", "say", errors=no, FlowAttributes={"x": {"Value": "1"}}),
        say("say", "[$.FlowAttributes.x]", "go"),
        block("go", "TransferToFlow", "end", errors=no, ContactFlowId="other"),
        END,
        world=world,
        attributes={"k": "kept"},
    )
    assert record.said() == ("[1]", "[] kept")
    assert [step.flow for step in record.path] == ["main", "main", "main", "other", "other"]


def test_a_flow_that_does_not_exist_takes_the_error_branch() -> None:
    record = call(
        block(
            "go", "TransferToFlow", "end", errors={"NoMatchingError": "sorry"}, ContactFlowId="x"
        ),
        say("sorry", "Sorry.", "end"),
        END,
    )
    assert record.said() == ("Sorry.",)


def test_the_transcript_reads_in_order_with_times_that_never_go_back() -> None:
    record = call(say("a", "one two three four five", "b"), say("b", "six", "end"), END)
    assert record.transcript[0].who is Who.CALLER
    assert record.transcript[0].text == "calls +18005550123 from +12065550100"
    times = [line.at for line in record.transcript]
    assert times == sorted(times)
    assert times[2] == 2.0  # five words
    assert record.seconds == 3.0
