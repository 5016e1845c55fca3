"""What a user may type wrong, and the sentence that says so."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terraform_support import BUILT, VARIABLES

Check = Callable[[dict[str, Any]], list[str]]


@pytest.fixture(scope="module")
def check(
    root: Path, tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str]
) -> Check:
    """Plans the root's variables alone: no provider, so hundreds of checks cost seconds."""
    folder = tmp_path_factory.mktemp("variables")
    for file in (root / "terraform").glob("variables*.tf"):
        shutil.copy2(file, folder)
    shutil.copytree(BUILT, folder / "dist")
    env = {**terraform_env, "TF_DATA_DIR": str(folder / "data")}

    def errors(changes: dict[str, Any]) -> list[str]:
        values = {"dist_dir": "dist", **VARIABLES, **changes}
        given = {name: value for name, value in values.items() if value is not None}
        (folder / "case.tfvars.json").write_text(json.dumps(given), encoding="utf-8")
        done = subprocess.run(
            ["terraform", "plan", "-json", "-input=false", "-var-file=case.tfvars.json"],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = [
            event["diagnostic"]["detail"].split("\n\nThis was checked by")[0]
            for event in events
            if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error"
        ]
        assert bool(found) == (done.returncode != 0), done.stdout + done.stderr
        return found

    return errors


def within(variable: str, **changes: Any) -> dict[str, Any]:
    return {variable: {**VARIABLES.get(variable, {}), **changes}}


def bot(**changes: Any) -> dict[str, Any]:
    """The one bot, differently."""
    return {"kore_bots": {"support": {**VARIABLES["kore_bots"]["support"], **changes}}}


def numbers(*changes: dict[str, Any]) -> dict[str, Any]:
    """Numbers that lead to ServiceNow."""
    return {
        "phone_numbers": {
            f"n{index}": {"leads_to": "servicenow_voice", **change}
            for index, change in enumerate(changes)
        }
    }


def number(**changes: Any) -> dict[str, Any]:
    """One claimed number, differently."""
    return numbers({"claim": {"country_code": "US"}, **changes})


def services(*keys: str, **changes: Any) -> dict[str, Any]:
    """Further voice services."""
    return {
        "servicenow_voice_services": {
            key: {"voice_service_id": f"id-{key}", **changes} for key in keys
        }
    }


FIRST_ID = VARIABLES["servicenow"]["voice_service_id"]
LONG_PEM = f"-----BEGIN CERTIFICATE-----\n{'A' * 2930}\n"
UUID = "99999999-9999-9999-9999-999999999999"
KEY = "arn:aws:kms:us-east-1:123456789012:key/theirs"
THEIRS = {"existing": {"id": UUID, "number": "+14155550100"}}
NAMED = {"first_name": "Ada", "last_name": "Byron"}
SAML = {"alias": "test", "identity_management_type": "SAML"}
NEEDED = ["Contact.Attributes.View", "Contact.Details.View", "User.Details.View"]
DONE = {"value": "done", "label": "Done"}
# As it comes out of the vendor's guide.
PASTED = "sip:[XXXX@sbc.example.com](mailto:XXXX@sbc.example.com)"
CREATE_AND_ADOPT = {"create": False, "alias": "a", "id": "9" * 8}
OURS = {"caller_id_mode": "number"}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"project": "Connect Voice"}, "Set project"),
    ({"environment": "-"}, "Set environment"),
    ({"account_id": ""}, "Set account_id"),
    ({"account_id": "12345678901"}, "Set account_id"),
    ({"region": "Virginia"}, "Set region"),
    ({"dist_dir": "nowhere"}, "Build the Lambdas first"),
    ({"permissions_boundary_arn": "boundary"}, "Set permissions_boundary_arn"),
    ({"log_retention_days": 10}, "Set log_retention_days"),
    ({"log_retention_days": 0}, "Set log_retention_days"),
    ({"kms_deletion_window_days": 6}, "Set kms_deletion_window_days"),
    ({"kms_deletion_window_days": 31}, "Set kms_deletion_window_days"),
    ({"connect_instance": {}}, "Give connect_instance an alias"),
    ({"connect_instance": {"alias": "a", "id": "b"}}, "Leave id out"),
    ({"connect_instance": {"create": False}}, "exactly one of alias and id"),
    ({"connect_instance": CREATE_AND_ADOPT}, "exactly one of alias and id"),
    ({"connect_instance": {"create": False, "alias": ""}}, "Set the alias"),
    ({"connect_instance": {"alias": "d-1234567890"}}, "Set the alias"),
    ({"connect_instance": {"alias": "a" * 46}}, "Set the alias"),
    ({"connect_instance": {"create": False, "id": "my-instance"}}, "Set the id"),
    (within("connect_instance", identity_management_type="LDAP"), "Set identity_management_type"),
    ({"media_streaming": {"prefix": ""}}, "Set the prefix"),
    ({"media_streaming": {"prefix": "p" * 129}}, "Set the prefix"),
    ({"media_streaming": {"retention_hours": -1}}, "0 to 87600"),
    ({"media_streaming": {"retention_hours": 87601}}, "0 to 87600"),
    ({"media_streaming": {"retention_hours": 1.5}}, "0 to 87600"),
    ({"media_streaming": {"prefix": "p-connect-alias-contact-"}}, "Leave -connect-"),
    ({"media_streaming": {"kms_key_arn": KEY}}, "Leave kms_key_arn out"),
    ({"media_streaming": {"enabled": False, "kms_key_arn": "alias/x"}}, "Set kms_key_arn"),
    ({"media_streaming": {"enabled": False}}, "because Kore listens to the live media stream"),
    (
        {"media_streaming": {"enabled": False, "kms_key_arn": KEY}},
        "because Kore listens to the live media stream",
    ),
    ({"data_streaming": {"retention_hours": 23}}, "24 to 8760"),
    ({"data_streaming": {"shards": 0}}, "Set shards"),
    (within("hours", time_zone="GMT+1 (Paris)"), "Set time_zone"),
    (within("hours", schedule=[]), "Give hours a schedule"),
    (within("hours", schedule=[{"days": ["Mon"], "start": "08:00", "end": "09:00"}]), "MONDAY"),
    (within("hours", schedule=[{"days": ["MONDAY"], "start": "8", "end": "24:00"}]), "HH:MM"),
    ({"queues": {"people": {}}, "servicenow_flow": {}}, "Give queues an entry with the key"),
    ({"queues": {"default": {}, "people": {}, "A B": {}}}, "for each key of queues"),
    ({"queues": {"default": {"existing_id": "q"}, "people": {}}}, "Set existing_id"),
    ({"queues": {"default": {"max_contacts": -1}, "people": {}}}, "Set max_contacts"),
    ({"phone_numbers": {}}, "at least one entry"),
    (numbers({}), "exactly one of claim and existing"),
    (number(existing={"id": "x", "number": "+1"}), "exactly one of claim and existing"),
    (number(claim={"country_code": "usa"}), "Set country_code"),
    (number(claim={"country_code": "US", "type": "FAX"}), "DID or TOLL_FREE"),
    (number(claim={"country_code": "US", "prefix": "415"}), "Set prefix"),
    (number(claim=None, existing={"id": "9" * 8, "number": "+14155550100"}), "Set id in"),
    (number(claim=None, existing={"id": UUID, "number": "415-555-0100"}), "Set number in"),
    (numbers(THEIRS, THEIRS), "Name each existing number"),
    ({"phone_numbers": {"A b": VARIABLES["phone_numbers"]["support"]}}, "for each key of phone_n"),
    (number(leads_to="lex"), "(servicenow_voice, kore_agent_assist/support)."),
    (number(leads_to="kore_agent_assist/sales"), "(servicenow_voice, kore_agent_assist/support)."),
    ({"servicenow": None, "servicenow_endpoints": None}, "deployed (kore_agent_assist/support)."),
    ({"kore_bots": {}, "servicenow": None}, "(nothing: set servicenow or kore_bots)."),
    ({"agents": {"ada": NAMED}}, "Leave agents out"),
    ({"agents": {"ada": {}}, "connect_instance": SAML}, "a first_name and a last_name"),
    (
        {"agents": {"ada": {**NAMED, "security_profiles": []}}, "connect_instance": SAML},
        "1 to 9 security_profiles",
    ),
    ({"lambda_association": "version"}, "Set lambda_association"),
    (within("servicenow", instance_id=""), "Set instance_id and voice_service_id"),
    (within("servicenow", voice_service_id="a/../b"), "Set instance_id and voice_service_id"),
    (within("servicenow", instance_name="https://dev1"), "Set instance_name"),
    (within("servicenow", call_context_path="api/x"), "Set call_context_path"),
    (within("servicenow", call_context_path="//evil.example/x"), "Set call_context_path"),
    (within("servicenow", dnis_prefixes=[]), "Give dnis_prefixes"),
    (within("servicenow", dnis_prefixes=["1"]), "Give dnis_prefixes"),
    (within("servicenow_endpoints", instance_host="https://dev1.example.com"), "bare host names"),
    (within("servicenow_endpoints", voice_service_host="voice.example.com/x"), "bare host names"),
    (within("servicenow_endpoints", ca_bundle_pem="no certificate"), "Set ca_bundle_pem"),
    (within("servicenow_flow", greeting=" "), "1 to 3000 characters"),
    (within("servicenow_flow", goodbye_message="x" * 3001), "1 to 3000 characters"),
    (within("servicenow_flow", voice="joanna 2"), "Set voice in"),
    (within("servicenow_flow", voice_engine="robot"), "Set voice_engine"),
    (within("servicenow_flow", language_code="english"), "Set language_code"),
    (within("servicenow_flow", transfer_time_limit_seconds=-1), "0 to 600"),
    (within("servicenow_flow", transfer_time_limit_seconds=601), "0 to 600"),
    (within("servicenow_flow", reason_queues={"": "default"}), "Name a reason"),
    (within("servicenow_flow", reason_queues={"a": "nobody"}), "missing: nobody."),
    (within("servicenow_flow", closed_message=""), "1 to 3000 characters"),
    (within("servicenow_flow", caller_id_mode="agent"), "caller or number"),
    (within("servicenow_flow", caller_id_number="service-desk"), "Leave caller_id_number out"),
    (within("servicenow_flow", **OURS, caller_id_number="sales"), "(service-desk, support)"),
    (within("servicenow_flow", **OURS, caller_id_number="206 555 0100"), "in E.164 form"),
    (within("servicenow_flow", callback_when_closed=True), "Set check_hours or check_staffing"),
    (within("servicenow_flow", callback_message="Press 1."), "Write {number}"),
    (within("servicenow_flow", callback={"initial_delay_seconds": 0}), "1 to 259200"),
    (within("servicenow_flow", callback={"retry_delay_seconds": 259201}), "1 to 259200"),
    (within("servicenow_flow", callback={"attempts": 0}), "1 to 10"),
    (within("servicenow_flow", callback={"attempts": 1.5}), "1 to 10"),
    ({"servicenow_lambda": {"memory_mb": 64}}, "Set memory_mb"),
    ({"servicenow_lambda": {"reserved_concurrency": 0}}, "Set reserved_concurrency"),
    ({"servicenow_lambda": {"provisioned_concurrency": -1}}, "Set provisioned_concurrency"),
    (
        {"servicenow_lambda": {"provisioned_concurrency": 1, "snap_start": True}},
        "Choose snap_start or provisioned_concurrency",
    ),
    (
        {"servicenow_lambda": {"provisioned_concurrency": 3, "reserved_concurrency": 2}},
        "within reserved_concurrency",
    ),
    ({"servicenow_lambda": {"log_level": "LOUD"}}, "Set log_level"),
    ({**services("billing"), "servicenow": None}, "Set servicenow to the first voice service"),
    (services(*(f"s{n}" for n in range(6))), "Keep servicenow_voice_services to 5"),
    (services("a_b"), "for each key of servicenow_voice_services"),
    (services("Billing"), "for each key of servicenow_voice_services"),
    (services("billing", voice_service_id="a/b"), "Set voice_service_id in"),
    (services("billing", voice_service_id=FIRST_ID), "Name each voice_service_id once"),
    (services("a", "b", voice_service_id="same"), "Name each voice_service_id once"),
    (services("billing", voice_service_host="https://x.example.com"), "Write voice_service_host"),
    (services("billing", call_context_path="//evil.example/x"), "Set call_context_path in"),
    (services("billing", call_context_path=""), "Set call_context_path in"),
    (services("billing", greeting=" "), "Give each greeting"),
    (services("a", "b", call_context_path=f"/{'x' * 1500}"), "within 3000 characters together"),
    (
        {**services("a"), **within("servicenow_endpoints", ca_bundle_pem=LONG_PEM)},
        "within 3000 characters together",
    ),
    (number(leads_to="servicenow_voice/billing"), "(servicenow_voice, kore_agent_assist/support)."),
    (
        {**services("billing"), **number(leads_to="servicenow_voice/sales")},
        "(servicenow_voice, servicenow_voice/billing, kore_agent_assist/support).",
    ),
    ({"servicenow_token_copy": "standard"}, "off, Standard, Advanced or Intelligent-Tiering"),
    ({"servicenow_token_copy": ""}, "off, Standard, Advanced or Intelligent-Tiering"),
    ({"servicenow_endpoints": None}, "Set servicenow_endpoints"),
    ({"servicenow_secrets_version": 0}, "Set servicenow_secrets_version"),
    ({"servicenow_secrets_key_arn": "arn:aws:kms:us-east-1:1:key/a"}, "Leave servicenow_secrets"),
    (
        {"manage_secrets": False, "servicenow_secrets_key_arn": "alias/x"},
        "Set servicenow_secrets_key_arn",
    ),
    ({"kore_bots": {"Support": VARIABLES["kore_bots"]["support"]}}, "for each key of kore_bots"),
    ({"kore_bots": {"a_b": VARIABLES["kore_bots"]["support"]}}, "for each key of kore_bots"),
    ({"kore_bots": {f"b{n}": VARIABLES["kore_bots"]["support"] for n in range(16)}}, "15 bots"),
    (bot(bot_id=""), "Set bot_id"),
    (bot(bot_id="01234567-89ab-cdef-0123-456789abcdef"), "Set bot_id"),
    (bot(client_id="st-01234567-89ab-cdef-0123-456789abcdef"), "Set client_id"),
    (bot(account_id=""), "Set account_id"),
    (bot(sip_uri=""), "Set sip_uri"),
    (bot(sip_uri="1000@sbc.example.com"), "Set sip_uri"),
    (bot(sip_uri="sip:1000"), "Set sip_uri"),
    (bot(sip_uri="<sip:1000@sbc.example.com>"), "Set sip_uri"),
    (bot(sip_uri="sip:mailto:1000@sbc.example.com"), "without mailto:"),
    (bot(sip_uri="sip:[1000@sbc.example.com]"), "without square brackets"),
    (bot(sip_uri="sip:1000@sbc.example.com(1000)"), "without parentheses"),
    (bot(sip_uri="sip:XXXX@sbc.example.com"), "instead of XXXX"),
    (bot(language_code="en"), "Set language_code"),
    (bot(language_code="en_US"), "Set language_code"),
    (bot(queue="nobody"), "missing: nobody."),
    (bot(voice="ruth 2"), "Set voice in"),
    (bot(voice_engine="robot"), "Set voice_engine"),
    (bot(greeting=" "), "1 to 3000 characters"),
    (bot(apology_message="x" * 3001), "1 to 3000 characters"),
    (bot(stream_from_customer=False, stream_to_customer=False), "hears neither side"),
    (within("kore_endpoints", domain="https://assist.example.com"), "Write domain"),
    (within("kore_endpoints", agentassist_url="http://assist.example.com"), "https:// URLs"),
    (within("kore_endpoints", transcriber_url="assist.example.com/x"), "https:// URLs"),
    (within("kore_endpoints", access_url="https://user@assist.example.com/"), "https:// URLs"),
    (within("kore_endpoints", wss_url="https://media.example.com"), "Write wss_url"),
    (within("kore_endpoints", wss_url="wss://media.example.com/path"), "Write wss_url"),
    (within("kore_endpoints", ca_bundle_pem="no certificate"), "Set ca_bundle_pem"),
    ({"kore_application": {"name": "Kore & Co."}}, "Set name in"),
    ({"kore_application": {"namespace": "n" * 129}}, "Set namespace"),
    ({"kore_application": {"namespace": "with a space"}}, "Set namespace"),
    ({"kore_application": {"contact_scope": "ALL"}}, "Set contact_scope"),
    ({"kore_application": {"initialization_timeout_ms": 0}}, "1 to 600000"),
    ({"kore_application": {"initialization_timeout_ms": 600001}}, "1 to 600000"),
    ({"kore_application": {"permissions": ["Contact.Details.View"]}}, "Keep Contact.Attributes"),
    ({"kore_application": {"permissions": [*NEEDED, "Everything!"]}}, "Write each of the perm"),
    ({"kore_disposition": {"choices": []}}, "Give choices"),
    ({"kore_disposition": {"choices": [DONE, DONE]}}, "a value of its own"),
    ({"kore_disposition": {"choices": [{"value": "a b", "label": "A"}]}}, "Give each of the ch"),
    ({"kore_disposition": {"choices": [{"value": "a", "label": " "}]}}, "Give each of the ch"),
    ({"kore_disposition": {"retention_days": 0}}, "1 to 3653"),
    ({"kore_disposition": {"enabled": False}}, "Leave kore_webhook_url out"),
    ({"kore_webhook_url": "http://crm.example.com/"}, "Set kore_webhook_url"),
    ({"kore_lambda": {"memory_mb": 64}}, "Set memory_mb"),
    ({"kore_lambda": {"reserved_concurrency": 0}}, "Set reserved_concurrency"),
    ({"kore_lambda": {"provisioned_concurrency": -1}}, "Set provisioned_concurrency"),
    (
        {"kore_lambda": {"provisioned_concurrency": 1, "snap_start": True}},
        "Choose snap_start or provisioned_concurrency",
    ),
    (
        {"kore_lambda": {"provisioned_concurrency": 3, "reserved_concurrency": 2}},
        "within reserved_concurrency",
    ),
    ({"kore_lambda": {"log_level": "LOUD"}}, "Set log_level"),
    ({"kore_tokens": {"socket_minutes": 0}}, "1 to 1440"),
    ({"kore_tokens": {"widget_minutes": 1441}}, "1 to 1440"),
    ({"kore_tokens": {"stream_access_minutes": 14}}, "15 to 60"),
    ({"kore_tokens": {"stream_access_minutes": 61}}, "15 to 60"),
    ({"kore_secrets_key_arn": KEY}, "Leave kore_secrets_key_arn"),
    ({"manage_secrets": False, "kore_secrets_key_arn": "alias/x"}, "Set kore_secrets_key_arn"),
    ({"kore_secrets_version": 1.5}, "Set kore_secrets_version"),
]


def test_good_values_are_taken(check: Check) -> None:
    assert check({}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"connect_instance": {"create": False, "alias": "my-instance"}},
        {"media_streaming": {"prefix": "p" * 128, "retention_hours": 87600}},
        {"media_streaming": {"retention_hours": 0}},
        within("hours", schedule=[{"days": ["SUNDAY"], "start": "00:00", "end": "00:00"}]),
        within("servicenow_endpoints", instance_host="localhost:49152"),
        within("servicenow_flow", transfer_time_limit_seconds=0),
        within("servicenow_flow", transfer_time_limit_seconds=600),
        within("servicenow_flow", language_code="es-419"),
        within("servicenow_flow", **OURS),
        within("servicenow_flow", **OURS, caller_id_number="support"),
        within("servicenow_flow", **OURS, caller_id_number="+61255501234"),
        within("servicenow_flow", check_hours=True, callback_when_closed=True),
        within("servicenow_flow", check_staffing=True, callback_when_closed=True),
        within("servicenow_flow", callback={"attempts": 10, "retry_delay_seconds": 259200}),
        within("servicenow", call_context_path="/api/x?version=1"),
        {"servicenow_lambda": {"provisioned_concurrency": 2, "reserved_concurrency": 2}},
        {"servicenow_token_copy": "Intelligent-Tiering"},
        services("billing", voice_service_host="localhost:49152", greeting="Hello."),
        {**services("billing"), **number(leads_to="servicenow_voice/billing")},
        services(*(f"s{n}" for n in range(5)), call_context_path=f"/{'x' * 500}"),
        numbers(THEIRS),
        number(claim={"country_code": "US", "type": "TOLL_FREE", "prefix": "+1833"}),
        {"media_streaming": {"enabled": False, "prefix": "theirs", "kms_key_arn": KEY}},
        {"agents": {"ada": NAMED}, "connect_instance": SAML},
        {"agents": {"ada": {"directory_user_id": "d"}}, "connect_instance": SAML},
        bot(sip_uri="sips:1000@sbc.example.com:5061;transport=tls"),
        bot(sip_uri="sip:+14155550100@10.0.0.1"),
        bot(stream_from_customer=False),
        bot(language_code="es-419"),
        within("kore_endpoints", domain="localhost:49152", wss_url="wss://localhost:49152"),
        within("kore_endpoints", access_url="https://assist.example.com/widget?bot=1&x=%20"),
        {
            "kore_application": {
                "namespace": "n" * 128,
                "permissions": [*NEEDED, "User.Status.View"],
            }
        },
        {"kore_tokens": {"stream_access_minutes": 15, "widget_minutes": 1440}},
        {"kore_disposition": {"choices": [DONE], "retention_days": 3653}},
        {"kore_disposition": {"enabled": False}, "kore_webhook_url": None},
        {"kore_lambda": {"provisioned_concurrency": 2, "reserved_concurrency": 2}},
        {"manage_secrets": False, "kore_secrets_key_arn": KEY},
    ],
    ids=str,
)
def test_values_at_the_edge_are_taken(check: Check, changes: dict[str, Any]) -> None:
    assert check(changes) == []


@pytest.mark.parametrize(("changes", "expected"), BAD, ids=[str(changes) for changes, _ in BAD])
def test_a_bad_value_gets_one_sentence(
    check: Check, changes: dict[str, Any], expected: str
) -> None:
    found = check(changes)
    assert any(expected in sentence for sentence in found), found
    for sentence in found:
        assert sentence.endswith("."), sentence
        assert "\n" not in sentence
        assert sentence.split(" ")[0] in {
            "Build", "Choose", "Give", "Keep", "Leave", "Name", "Route", "Set", "Use", "Write",
        }  # fmt: skip


def test_the_guides_sip_uri_is_refused_for_all_that_is_wrong_with_it(check: Check) -> None:
    found = check(bot(sip_uri=PASTED))
    assert len(found) == 4
    for word in ("mailto:", "square brackets", "parentheses", "XXXX"):
        [sentence] = [sentence for sentence in found if word in sentence]
        assert "Kore's Voice Gateway shows" in sentence
