#!/bin/sh
# Redis owns its files from the start on, as in Pryv's image, and runs with the mounted configuration.
set -e
mkdir -p /app/data /app/log
chown -R redis:redis /app/data /app/log
exec setpriv --reuid redis --regid redis --clear-groups \
    /usr/bin/redis-server /app/conf/redis.conf --dir /app/data
