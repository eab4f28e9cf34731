"""A real nginx before core, register and hfs, with a configuration as the vendor's templates have
it: upstreams by the services' names, also of services that a sandbox is without, and one site of
the web that nginx looks up when it starts."""

from __future__ import annotations

from docker.errors import ImageNotFound

from .compose import Settings, image_of
from .engines import refuse
from .files import write
from .platform import RealPlatform

WEB = "pages.invalid"
"""Where the vendor's configuration leads a browser that asks core for `/`."""
UPSTREAMS = {
    "core_server": ("core:3000", "core:3001"),
    "websocket_server": ("core:3000", "core:3001"),
    "hfs_server": ("hfs:3000", "hfs:3001"),
    "preview_server": ("preview:9000",),
    "mfa_server": ("mfa:7000",),
    "register_server": ("register:9000",),
    "leader_server": ("config-leader:7000",),
    "admin_panel_server": ("admin_panel:80",),
}

NGINX = """user nginx;
worker_processes  2;
error_log  /app/log/nginx.error.log;
pid        /var/run/nginx.pid;

events {{
    worker_connections 1024;
}}

http {{
    log_format default '[$time_local] $remote_addr "$host" "$request" $status $request_time';
    access_log /app/log/nginx.access.log default;
    ssl_session_cache    shared:SSL:10m;
    add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    ssl_ciphers "EECDH+ECDSA+AESGCM EECDH+aRSA+AESGCM EECDH EDH+aRSA !aNULL !eNULL !LOW !RC4";
    ssl_certificate      /app/conf/secret/{domain}-bundle.crt;
    ssl_certificate_key  /app/conf/secret/{domain}-key.pem;
    include /etc/nginx/mime.types;
    sendfile on;
    keepalive_timeout 65;
    gzip on;
    gzip_disable "MSIE [1-6]\\.(?!.*SV1)";
    include /app/conf/site*.conf;
    server_tokens off;
    log_format json escape=json '{{' '"msec": "$msec", ' '"upstream": "$upstream_addr"' '}}';
    access_log /app/log/json_access.log json;
}}
"""
HEADERS = """  client_max_body_size 20M;
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header X-Real-IP  $remote_addr;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_redirect   off;
  proxy_buffering  off;
  proxy_buffers    16 8k;
  set $my_host     $http_host;
  proxy_set_header Host $my_host;
"""
CORE = """  location / {{ proxy_pass http://core_server; }}
  location /auth/login {{ proxy_pass http://mfa_server/login; }}
  location /previews/ {{ proxy_pass http://preview_server/; }}
  location ~* /events/[^/]+/series$ {{ proxy_pass http://hfs_server; }}
  location ~* /series/batch$ {{ proxy_pass http://hfs_server; }}
  location /socket.io/ {{ proxy_pass http://websocket_server; }}
  location = / {{
    if ($request_method = GET) {{ set $my_host '{web}'; }}
    proxy_pass https://{web}/app-web/;
    proxy_set_header Host $my_host;
    limit_except GET {{ proxy_pass http://core_server; }}
  }}
"""


def site(domain: str) -> str:
    """`site-443.conf` of a single node."""
    lines = []
    for name, servers in UPSTREAMS.items():
        within = "".join(f"  server {one} max_fails=3 fail_timeout=30s;\n" for one in servers)
        hashed = "  ip_hash;\n" if name == "websocket_server" else ""
        lines.append(f"upstream {name} {{\n{hashed}{within}}}\n")
    doors = {
        f"lead.{domain}": "  location / { proxy_pass http://leader_server; }\n",
        f"adm.{domain}": "  location / { proxy_pass http://admin_panel_server; }\n",
        f"reg.{domain} access.{domain}": "  location / { proxy_pass http://register_server; }\n",
        f"*.{domain}": CORE.format(web=WEB),
    }
    for names, places in doors.items():
        log = names.split(".")[0].replace("*", "api")
        lines.append(
            f"server {{\n  listen               443 ssl;\n  server_name          {names};\n"
            f"  access_log           /app/log/{log}.access.log;\n{HEADERS}{places}}}\n"
        )
    return "\n".join(lines)


def image(settings: Settings) -> str:
    return f"pryv-debian/nginx:{settings.release}"


def need_image(platform: RealPlatform) -> None:
    """Skip the test where an engine has no such image, or fail it where engines are required."""
    for machine in platform.machines:
        name = image(machine.settings)
        try:
            machine.engine.client.images.get(name)
        except ImageNotFound:
            refuse(f"no {name} on {machine.engine.url}: tests/real/build-images.sh makes it")


def put_before(platform: RealPlatform) -> None:
    """Give a platform that is written and not started yet a real nginx in the stand-in's place."""
    for machine in platform.machines:
        settings = machine.settings
        yml = machine.root / "pryv/pryv.yml"
        text, standin = yml.read_text(), image_of("nginx", settings.release)
        assert f'"{standin}"' in text
        # The live one looks up what it passes on to, as well: here no name server knows these.
        absent = [one for one in ("mfa", "preview", "admin_panel") if one not in settings.services]
        hosts = "".join(f'      - "{name}:127.0.0.1"\n' for name in (WEB, *absent))
        head = f'    image: "{image(settings)}"\n    extra_hosts:\n{hosts}'
        text = text.replace(f'    image: "{standin}"\n', head)
        write(yml, text)
        conf = machine.root / "pryv/nginx/conf"
        write(conf / "nginx.conf", NGINX.format(domain=settings.domain))
        write(conf / "site-443.conf", site(settings.domain))
