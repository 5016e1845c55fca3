from __future__ import annotations

import json
from typing import Any

import flow_import_support as s
import pytest

from flowkit.compiling import compile_flow
from flowkit.importing import ImportRefusedError, import_flow
from flowkit.placeholder_map import Entry, MapError, PlaceholderMap, parse_map
from flowkit.template import placeholders
from flowkit.validation import template_problems


def _values(text: str) -> dict[str, str | None]:
    return {entry.name: entry.value for entry in import_flow(text).map.entries}


def _parameters(template: str) -> Any:
    return json.loads(template)["Actions"][0]["Parameters"]


@pytest.mark.parametrize(
    ("kind", "parameters", "display", "name", "sort"),
    [
        (
            "UpdateContactTargetQueue",
            {"QueueId": s.QUEUE},
            "BasicQueue",
            "basic_queue_arn",
            "queue",
        ),
        ("UpdateContactTargetQueue", {"QueueId": s.QUEUE_ID}, "", "queue_id", "queue"),
        (
            "TransferToFlow",
            {"ContactFlowId": s.FLOW},
            "Après-vente",
            "apres_vente_flow_arn",
            "flow",
        ),
        ("MessageParticipant", {"PromptId": s.PROMPT}, "Beep.wav", "beep_prompt_arn", "prompt"),
        (
            "InvokeLambdaFunction",
            {"LambdaFunctionARN": s.LAMBDA},
            "",
            "customer_lookup_live_lambda_arn",
            "lambda",
        ),
        ("InvokeFlowModule", {"FlowModuleId": s.MODULE_ID}, "Survey", "survey_module_id", "module"),
        ("ShowView", {"ViewResource": {"Id": s.VIEW}}, "", "confirmation_1_view_arn", "view"),
        ("CheckHoursOfOperation", {"HoursOfOperationId": "%DAY%"}, "", "day_hours_id", "hours"),
        ("MessageParticipant", {"Text": f"Call {s.NUMBER}."}, "", "phone_number", "phone_number"),
        ("X", {"LexBot": {"Region": "us-west-2"}}, "", "aws_region", "region"),
        ("X", {"Attributes": {"account": "123456789012"}}, "", "aws_account_id", "account"),
        ("X", {"Attributes": {"CallbackQueueId": s.QUEUE_ID}}, "", "callback_queue_id", "queue"),
        ("X", {"Attributes": {"queueArn": f"|{s.QUEUE}|"}}, "", "queue_arn", "queue"),
        (
            "TransferParticipantToThirdParty",
            {"VoiceConnector": {"VoiceConnectorArn": s.CONNECTOR}},
            "",
            "connector_arn",
            "connector",
        ),
    ],
)
def test_names_what_belongs_to_one_environment(
    kind: str, parameters: dict[str, Any], display: str, name: str, sort: str
) -> None:
    place: Any = {"displayName": display}
    for key in reversed(_path_to_leaf(parameters)):
        place = {key: place}
    imported = import_flow(s.one(kind, parameters, parameters=place if display else {}))
    (entry,) = imported.map.entries
    assert (entry.name, entry.kind, entry.display_name) == (name, sort, display)
    assert f"${{{name}}}" in imported.template
    assert str(entry.value) not in imported.template


def _path_to_leaf(value: Any) -> list[str]:
    return (
        [next(iter(value)), *_path_to_leaf(next(iter(value.values())))]
        if isinstance(value, dict)
        else []
    )


def test_a_bot_is_named_with_its_alias() -> None:
    text = s.one(
        "ConnectParticipantWithLexBot",
        {"LexV2Bot": {"AliasArn": s.ALIAS}},
        parameters={"LexV2Bot": {"AliasArn": {"displayName": "Live", "lexV2BotName": "Desk"}}},
    )
    assert _values(text) == {"desk_live_lex_alias_arn": s.ALIAS}


def test_the_same_value_has_the_same_name_everywhere_in_metadata_too() -> None:
    document = s.flow(
        s.action("a", "UpdateContactTargetQueue", {"QueueId": s.QUEUE}, "b"),
        s.action("b", "X", {"Attributes": {"q": f"{s.QUEUE},{s.QUEUE}"}}, "c"),
        s.action("c", "UpdateContactTargetQueue", {"QueueId": s.QUEUE_ID}, None),
        metadata={"a": {"queue": {"text": "Sales", "id": s.QUEUE}, "other": s.QUEUE_ID}},
    )
    imported = import_flow(json.dumps(document))
    assert [entry.name for entry in imported.map.entries] == ["sales_queue_arn", "sales_queue_id"]
    assert "4222" not in imported.template
    assert imported.template.count("${sales_queue_arn}") == 4


def test_different_values_have_different_names() -> None:
    document = s.flow(
        *(
            s.action(f"a{n}", "TransferToFlow", {"ContactFlowId": f"{s.FLOW[:-1]}{n}"}, None)
            for n in range(3)
        )
    )
    names = [entry.name for entry in import_flow(json.dumps(document)).map.entries]
    assert names == ["a_0_flow_arn", "a_1_flow_arn", "a_2_flow_arn"]


def test_leaves_the_authors_words_identifiers_and_paths_alone() -> None:
    document = s.flow(
        s.action(s.ENTRY, "X", {"QueueId": "$.Attributes.q", "Text": "Order 123456789012"}, "b"),
        s.action("b", "Y", {"A": "$['Queue']", "N": "1234567890123", "S": "+1"}, s.ENTRY),
        metadata={s.ENTRY: {"conditionMetadata": [{"id": s.MODULE_ID}]}},
    )
    assert _values(json.dumps(document)) == {}


def test_a_template_passes_where_the_flow_did() -> None:
    text = s.one("InvokeFlowModule", {"FlowModuleId": s.MODULE_ID})
    document = json.loads(text)
    document["Actions"][0]["Transitions"]["Errors"] = [
        {"ErrorType": "NoMatchingError", "NextAction": "end"}
    ]
    template = import_flow(json.dumps(document)).template
    assert placeholders(template) == {"module_id"}
    assert template_problems(template) == ()


@pytest.mark.parametrize(
    "parameters",
    [
        {"Attributes": {"client_secret": "s3cr3t-value"}},
        {"Attributes": {"password": "correct horse battery"}},
        {"FlowAttributes": {"apiKey": {"Value": "abc$.def{1}"}}},
        {"Text": "Key AKIAABCDEFGHIJKLMNOP it is"},
        {"LambdaInvocationAttributes": {"u": "https://me:pass@example.com/"}},
    ],
)
def test_secrets_are_reported_and_never_stay_in_the_template(parameters: dict[str, Any]) -> None:
    text = s.one("UpdateContactAttributes", parameters)
    imported = import_flow(text)
    (entry,) = imported.map.entries
    assert entry.kind == "secret"
    assert str(entry.value) not in imported.template
    (warning,) = imported.warnings
    assert entry.name in warning
    assert "in clear" in warning
    assert str(entry.value) not in warning
    withheld = import_flow(text, withhold_secrets=True)
    assert str(entry.value) not in withheld.map.text()
    assert "left out" in withheld.warnings[0]
    with pytest.raises(MapError, match=rf"leaves the value of {entry.name} open; fill it in\."):
        compile_flow(withheld.template, withheld.map)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "$.External.password"),
        ("tokenPrompt", "Please enter your token"),
        ("authorization", "missing"),
        ("clientSecret", "${CLIENT_SECRET}"),
        ("secretName", "kore/client"),
        ("tokenStatus", "expired-long-ago"),
    ],
)
def test_what_is_only_about_a_secret_is_none(key: str, value: str) -> None:
    imported = import_flow(s.one("UpdateContactAttributes", {"Attributes": {key: value}}))
    assert "secret" not in {entry.kind for entry in imported.map.entries}


def test_reads_every_way_a_flow_is_handed_out() -> None:
    bare = s.one("UpdateContactTargetQueue", {"QueueId": s.QUEUE})
    held = {"Name": "Main", "Type": "CONTACT_FLOW", "Content": bare}
    console = json.dumps({**json.loads(bare), "Metadata": {"name": "Main", "type": "contactFlow"}})
    for text in (json.dumps({"ContactFlow": held}), json.dumps(held), console, "\ufeff" + console):
        imported = import_flow(text)
        assert (imported.map.flow_name, imported.map.flow_type) == ("Main", "CONTACT_FLOW")
    module = import_flow(json.dumps({"ContactFlowModule": {"Name": "M", "Content": bare}}))
    assert module.map.flow_type == "CONTACT_FLOW_MODULE"
    assert import_flow(json.dumps(bare)).template == import_flow(bare).template


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON: Expecting value at line 1, column 1"),
        ("[]", "must be a JSON object"),
        ('{"a": 1}', 'has no list "Actions"'),
        ('{"Actions": NaN}', "NaN is no JSON value"),
        ('{"modules": [], "start": "a"}', "of the designer before 2022"),
        ('{"blocks": [], "start": "a", "version": "1"}', "of the designer before 2022"),
        ('{"ContactFlow": {"Content": "{"}}', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_refuses_what_is_no_flow_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ImportRefusedError, match=sentence) as refusal:
        import_flow(text)
    assert "\n" not in str(refusal.value)


def test_takes_a_flow_that_amazon_connect_would_not_and_says_so() -> None:
    imported = import_flow('{"StartAction": "a", "Actions": [7, {"Identifier": 3}]}')
    assert imported.warnings == (
        "Amazon Connect would not take this flow: Actions[0] must be a JSON object, not a number.",
    )


def test_says_that_another_tools_placeholders_stay_text() -> None:
    text = s.one("MessageParticipant", {"Text": "Hello ${name}"})
    imported = import_flow(text)
    assert _parameters(imported.template)["Text"] == "Hello $${name}"
    assert "1 string of the flow already held '${'" in imported.warnings[0]


TEMPLATE = '{"a": "${basic_queue_arn} ${phone_number}"}'


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            ["basic_queue_arm", "phone_number"],
            r"no value for basic_queue_arn \(did you mean basic_queue_arm\?\)",
        ),
        (["basic_queue_arn"], r"no value for phone_number; the template needs it\."),
        (
            ["basic_queue_arn", "phone_number", "phone_numbers"],
            r"no placeholder phone_numbers \(did you mean phone_number\?\)",
        ),
    ],
)
def test_a_map_must_fit_its_template(names: list[str], sentence: str) -> None:
    with pytest.raises(MapError, match=sentence):
        compile_flow(TEMPLATE, PlaceholderMap(tuple(Entry(name, "x") for name in names)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense", "The map cannot be read: The text is not JSON"),
        ("[]", 'an object "placeholders"'),
        ('{"a": "b"}', 'an object "placeholders"'),
        ('{"placeholders": {}, "placeholder": {}}', "has no place for placeholder; remove it"),
        ('{"placeholders": {"a": "1", "a": "2"}}', "gives a twice"),
        ('{"placeholders": {"a": 1}}', "a in the map must be a string"),
        ('{"placeholders": {"a": {"valeu": "1"}}}', 'an object with a "value"'),
        ('{"placeholders": {"a": {"value": 1}}}', "value of a in the map must be a string"),
        ('{"placeholders": {"a": {"value": "1", "x": 1}}}', "a in the map has no place for x"),
        ('{"placeholders": {}, "flow": []}', '"flow" in the map must be an object'),
    ],
)
def test_refuses_what_is_no_map(text: str, sentence: str) -> None:
    with pytest.raises(MapError, match=sentence):
        parse_map(text)


def test_a_map_for_another_environment_needs_only_values() -> None:
    values = parse_map('{"placeholders": {"basic_queue_arn": "q", "phone_number": "+1"}}')
    assert json.loads(compile_flow(TEMPLATE, values)) == {"a": "q +1"}


def test_what_was_blanked_is_named() -> None:
    flow = {
        "Version": "2019-10-30",
        "StartAction": "a",
        "Actions": [
            {"Identifier": "a", "Type": "TransferToFlow", "Parameters": {"ContactFlowId": ""}},
            {"Identifier": "b", "Type": "MessageParticipant", "Parameters": {"Text": " "}},
        ],
    }
    assert import_flow(json.dumps(flow)).warnings == (
        "1 value is empty, which Amazon Connect refuses; fill in ContactFlowId of 'a'.",
    )
