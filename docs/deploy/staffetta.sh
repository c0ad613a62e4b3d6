#!/bin/sh
# /usr/local/bin/staffetta: any command of the relay, with the service's settings and as its user.
exec runuser -u staffetta -- /usr/bin/node --env-file=/etc/staffetta/relay.env /opt/staffetta/relay.js "$@"
