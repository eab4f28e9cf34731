"""Who reaches whom in a sandbox: its own containers, and nobody else."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.engine import Mount
from pryv_tui.operations.drilling.asked import Asked, asked_in
from pryv_tui.operations.drilling.configuration import asked_by
from pryv_tui.operations.drilling.spec import (
    APPLICATIONS,
    LEFT_OFF,
    Declared,
    left_off,
    services_in,
)
from pryv_tui.operations.drilling.wiring import (
    Wiring,
    within,
)
from pryv_tui.platform.roles import DATABASE_SERVICES, ROLES
from tests.operations.drilling.wired import FILE, machine, wired
from tests.operations.kit import part

CLUSTER = (
    machine("co1", ("core",), "mongodb", "influxdb", "nginx", "core", "hfs"),
    machine("co2", ("core",), "mongodb", "influxdb", "nginx", "core", "hfs"),
    machine("reg", ("register",), "redis", "nginx", "register", also=("mail", "dns")),
)


def hosts_of(found: Wiring, name: str) -> dict[str, str]:
    (one,) = [each for each in found.wanted if each.name == f"pryvdrill_d1_{name}"]
    return one.hosts


def test_each_machine_has_its_own_databases_and_all_have_the_same_register() -> None:
    found = wired(*CLUSTER)
    assert len(found.networks) == 4
    by_address = {j.address: one.name for one in found.wanted for j in one.joins}
    assert len(by_address) == 2 * len(found.wanted)
    for core in ("co1", "co2"):
        hosts = hosts_of(found, f"{core}_core")
        assert by_address[hosts["mongodb"]] == f"pryvdrill_d1_{core}_mongodb"
        assert by_address[hosts["reg.pryv.example"]] == "pryvdrill_d1_reg_nginx"
        assert by_address[hosts["co1.pryv.example"]] == "pryvdrill_d1_co1_nginx"
        assert by_address[hosts["co2.pryv.example"]] == "pryvdrill_d1_co2_nginx"
    register = hosts_of(found, "reg_register")
    assert by_address[register["redis"]] == "pryvdrill_d1_reg_redis"
    assert "mongodb" not in register
    # Whoever is left off is nobody: an nginx that can't find a name does not start.
    assert register["mail"] == register["dns"] == "127.0.0.1"


def test_on_one_machine_there_is_one_network_and_the_door_is_on_it() -> None:
    one = machine("vm", ("core", "register", "static-web"), "redis", "nginx", "register", "core")
    found = wired(one)
    (network,) = found.networks
    assert {len(each.joins) for each in found.wanted} == {1}
    hosts = hosts_of(found, "vm_core")
    assert hosts["reg.pryv.example"] == hosts["sw.pryv.example"] == hosts["reverse_proxy"]
    assert within(hosts["reg.pryv.example"], [network.subnet])
    assert set(found.doors) >= {"reg.pryv.example", "access.pryv.example", "co1.pryv.example"}


@pytest.mark.parametrize(
    "name",
    ["pryv.github.io", "smtp.hospital.example", "mail.pryv.example", "preview", "core_audit"],
)
def test_a_name_that_no_container_of_it_has_leads_to_the_container_itself(name: str) -> None:
    asked = {"nginx": {"pryv/nginx/conf/site.conf": Asked(frozenset({name}))}}
    found = wired(machine("vm", ("register",), "nginx", "register", asked=asked))
    assert hosts_of(found, "vm_nginx")[name] == "127.0.0.1"
    assert not found.refused


def test_where_a_file_says_at_which_address_a_name_is_the_sandbox_says_otherwise() -> None:
    body = {"extra_hosts": ["reg.pryv.example:10.0.0.2", "other.example=10.0.0.3"]}
    found = wired(machine("vm", ("register", "core"), "nginx", "core", bodies={"core": body}))
    hosts = hosts_of(found, "vm_core")
    assert within(hosts["reg.pryv.example"], [found.networks[0].subnet])
    assert hosts["other.example"] == "127.0.0.1"
    assert not {"10.0.0.2", "10.0.0.3"} & set(hosts.values())


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("serviceInfoUrl: http://10.0.0.2:9000/service/info", {"10.0.0.2"}),
        ('"url": "https://user:secret@192.168.4.5/x"', {"192.168.4.5"}),
        ("upstream register_server {\n  server 10.1.1.1:9000 max_fails=3;\n}", {"10.1.1.1"}),
        ("uri: nats://172.16.0.9:4222", {"172.16.0.9"}),
        ("url: https://[2001:db8::7]:443/x", {"2001:db8::7"}),
        ("influxdb:\n  host: '10.0.0.8'\n  port: 8086", {"10.0.0.8"}),
        ("host: 10.0.0.8:8086", {"10.0.0.8"}),
        ("upstream six { server [fd00::5]:9000; }", {"fd00::5"}),
        # The C library makes addresses of these without asking anybody.
        ("server 010.0.0.2:80;", {"010.0.0.2"}),
        ("upstream x { server 10.2; server 167772162:80 max_fails=3; }", {"10.2", "167772162"}),
        ("proxy_pass http://0x0a000002/;", {"0x0a000002"}),
        ("server 127.1:80; proxy_pass http://0x7f000001/;", set()),
        # Remarks ask for nobody; a `#` within a word or within quotes begins none.
        ("listen 80; # proxy_pass http://10.0.0.2/;", set()),
        ("url: a # http://10.0.0.2/", set()),
        ("#proxy_pass http://10.0.0.2/;\n// http://10.0.0.3/", set()),
        ('"url": "x # http://10.0.0.2/"', {"10.0.0.2"}),
        ("return 301 /#http://10.0.0.2/;", {"10.0.0.2"}),
        ('"Host": "10.0.0.9"', {"10.0.0.9"}),
        # No address of anybody else's, or none that is asked.
        ("ip: 0.0.0.0\nurl: http://127.0.0.1:9000\nhost: 127.0.0.1\nhost: '::1'", set()),
        ("version: 1.9.2\nallow 10.0.0.0/8;\nserver {\n  listen 443;\n}", set()),
    ],
)
def test_who_asks_by_an_address_is_not_brought_up_and_is_named(
    text: str, addresses: set[str]
) -> None:
    asked = asked_in(text)
    assert asked.addresses == addresses
    found = wired(machine("vm", ("core",), "nginx", "core", asked={"core": {"core.yml": asked}}))
    assert [one.service for one in found.refused] == (["core"] if addresses else [])
    assert all(
        "core.yml" in one.why and each in one.why for one in found.refused for each in addresses
    )


def test_names_are_read_where_somebody_is_asked_for_and_nowhere_else() -> None:
    text = (
        "proxy_pass https://Pryv.GitHub.io/app-web/;\n  server hfs:3000 max_fails=3;\n"
        "server_name reg.pryv.example;\nhost: mongodb\nurl: http://localhost:80\n"
        "server unix:/run/x.sock;"
    )
    assert asked_in(text).names == {"pryv.github.io", "hfs", "mongodb"}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("upstream audit_server { server core_audit:5000; server Mfa; }", {"core_audit", "mfa"}),
        ('upstream x {server "preview:9000" max_fails=3;}', {"preview"}),
        ("  server\n    hfs:3000\n    max_fails=3;", {"hfs"}),
        ("location / { grpc_pass grpcs://events:50051; }", {"events"}),
        ("fastcgi_pass php:9000; uwsgi_pass uwsgi://py:1; scgi_pass scg:1;", {"php", "py", "scg"}),
        ("memcached_pass cache:11211;", {"cache"}),
        ("stream { server { listen 53 udp; proxy_pass dns:53; } }", {"dns"}),
        ("access_log syslog:server=logs.pryv.example:514,tag=n main;", {"logs.pryv.example"}),
        ("error_log syslog:server=loki debug;", {"loki"}),
        ("resolver ns1.example 127.0.0.11 [::1]:5353 valid=30s;", {"ns1.example"}),
        ("auth_http mailer:9000/auth;", {"mailer"}),
        ("ssl_stapling_responder http://ocsp.example/;", {"ocsp.example"}),
        ("server { listen Foo.example.com:80; }", {"foo.example.com"}),
        (
            "events { debug_connection desk.example; debug_connection 10.0.0.0/8; }",
            {"desk.example"},
        ),
        ("server b\u00fccher.example:80;", {"b\u00fccher.example"}),
        ("set $a it's; server hfs:3000; set $b 'it is; server x:1;';", {"hfs"}),
        ("server {\n listen *:80; listen [::]:80; listen unix:/x; listen localhost:80; }", set()),
        # Nobody is asked by these.
        ("server { listen 80; server_name reg.pryv.example; }", set()),
        ("proxy_pass $where; proxy_pass http://$host:80; server unix:/run/x.sock;", set()),
        ("server_tokens off; resolver_timeout 3s; proxy_pass_header Server;", set()),
    ],
)
def test_whoever_an_nginx_looks_up_when_it_starts_is_read_in_each_form(
    line: str, names: set[str]
) -> None:
    assert asked_in(line).names == names
    found = wired(machine("vm", ("core",), "nginx", asked={"nginx": {"n.conf": asked_in(line)}}))
    assert {hosts_of(found, "vm_nginx")[one] for one in names} <= {"127.0.0.1"}


def test_who_asks_for_what_can_be_nobodys_name_is_not_brought_up() -> None:
    asked = asked_in("upstream x { server ${CORE}:3000; }")
    assert asked.unfit == {"${core}"} and not asked.names
    found = wired(machine("vm", ("core",), "nginx", asked={"nginx": {"n.conf": asked}}))
    assert [one.service for one in found.refused] == ["nginx"]
    assert "n.conf" in found.refused[0].why and "${core}" in found.refused[0].why


@pytest.mark.parametrize(
    "one",
    [
        "\n",
        "resolver ",
        "server ",
        "{",
        "}",
        ";",
        '"',
        "'",
        "\\",
        "$",
        "${",
        "#",
        "http://",
        "host: ",
    ],
)
def test_reading_takes_work_in_proportion_to_what_is_read(one: str) -> None:
    # Whoever looks at a text again from each of its places does not come to the end of this.
    many = one * (500_000 // len(one))
    assert asked_in(f"{many}\n\"';\nproxy_pass http://hfs:80;").addresses == set()


@pytest.mark.parametrize(
    ("place", "service", "read"),
    [
        ("pryv/nginx/conf/site-443.conf", "nginx", True),
        ("pryv/nginx/conf/sites-enabled/default", "nginx", True),
        ("pryv/nginx/conf/site.inc", "nginx", True),
        ("pryv/nginx/conf/secret/key.pem", "nginx", False),
        ("pryv/core/conf/words", "core", False),
    ],
)
def test_a_front_door_reads_files_of_any_name(
    tmp_path: Path, place: str, service: str, read: bool
) -> None:
    file = tmp_path / "files" / place
    file.parent.mkdir(parents=True)
    file.write_text("upstream mfa_server {\n  server mfa:7000;\n}\n")
    (one,) = machine("vm", ("core",), service).wanted
    mount = Mount(source=f"/s/vm/pryv/{service}/conf", destination="/app/conf", read_only=True)
    one = msgspec.structs.replace(one, mounts=(mount,))
    found = asked_by(one, None, tmp_path / "files", "/s/vm")
    assert found == ({place: Asked(frozenset({"mfa"}))} if read else {})


def test_what_of_the_configuration_is_not_read_is_told(tmp_path: Path) -> None:
    conf = tmp_path / "files/pryv/nginx/conf"
    (conf / "many").mkdir(parents=True)
    long = "server hfs:3000;\n" + "#" * (1 << 20) + "\nserver late:1;"
    (conf / "long.conf").write_text(long)
    (conf / "whole.conf").write_text("server mfa:7000;")
    for number in range(301):
        (conf / f"many/{number:03d}.conf").write_text(f"server s{number}:1;")
    (one,) = machine("vm", ("core",), "nginx").wanted
    mount = Mount(source="/s/vm/pryv/nginx/conf", destination="/app/conf", read_only=True)
    one = msgspec.structs.replace(one, mounts=(mount,))
    found = asked_by(one, None, tmp_path / "files", "/s/vm")
    assert found["pryv/nginx/conf/long.conf"].names == {"hfs"}
    assert found["pryv/nginx/conf/whole.conf"] == Asked(frozenset({"mfa"}))
    assert {file: asked.unread for file, asked in found.items() if asked.unread} == {
        "pryv/nginx/conf/long.conf": f"what comes after byte {1 << 20}",
        "pryv/nginx/conf": "what comes after 300 files",
    }
    assert len([file for file in found if "/many/" in file]) == 298


def test_networks_that_the_engine_has_are_not_taken_and_no_two_are_the_same() -> None:
    taken = ("198.18.0.0/22", "172.17.0.0/16", "fd00::/64")
    nets = [ipaddress.ip_network(one.subnet) for one in wired(*CLUSTER, taken=taken).networks]
    assert len(set(nets)) == 4
    assert not any(net.overlaps(ipaddress.ip_network("198.18.0.0/22")) for net in nets)
    assert {net.subnet_of(ipaddress.ip_network("198.18.0.0/15")) for net in nets} == {True}  # type: ignore[arg-type]


def test_a_service_is_brought_up_or_left_off_with_why_and_never_forgotten() -> None:
    every = {service for role in ROLES.values() for service in role.services}
    has = {*DATABASE_SERVICES, *APPLICATIONS}
    told = left_off([*every, "somebodys_own"], has)
    assert {*told, *has} >= every and not has & {*told}
    assert set(left_off(["nginx", "app_web_auth3"], [])) == {"nginx", "app_web_auth3"}
    assert all(told.values()) and "somebodys_own" in told
    for service in ("webhooks", "mail", "dns", "config_leader", "config_follower"):
        assert told[service] == LEFT_OFF[service]


def test_what_a_role_is_for_is_wanted_also_where_no_file_declares_it() -> None:
    core = part("co1", "core")
    assert services_in(core, {}, applications=False) == ["mongodb", "influxdb"]
    assert services_in(core, {}, applications=True) == ["mongodb", "influxdb", "nginx", "core"]
    more = {one: Declared(FILE, (), {}) for one in ("hfs", "core_router", "webhooks")}
    assert services_in(core, more, applications=True)[2:] == ["nginx", "core", "core_router", "hfs"]
    assert (
        services_in(part("sw", "static-web"), {"nginx": Declared("", (), {})}, applications=True)
        == []
    )
