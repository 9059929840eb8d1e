# A server with objectset, from Debian's image; for trying it, and to copy from.
#
#   docker build -t objectset .
#   docker run -d --name objectset -e PGPASSWORD=secret -p 5432:5432 objectset
#   docker exec -it objectset psql -U postgres -c 'CREATE EXTENSION objectset'
FROM debian:trixie

COPY . /usr/src/objectset
RUN apt-get update \
 && apt-get install -y --no-install-recommends git make \
 && make -C /usr/src/objectset setup \
 && make -C /usr/src/objectset install \
 && install -D -m 644 -t /usr/share/doc/objectset /usr/src/objectset/LICENSE /usr/src/objectset/NOTICE \
 && rm -rf /var/lib/apt/lists/* /usr/src/objectset

USER postgres
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/data
EXPOSE 5432
# The cluster is made when the container first starts, with the password that it is given.
CMD [ -s "$PGDATA/PG_VERSION" ] || { : "${PGPASSWORD:?}" && printf '%s\n' "$PGPASSWORD" \
      | initdb --auth-local=trust --auth-host=scram-sha-256 --pwfile=/dev/stdin >/dev/null \
      && echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"; } \
 && exec postgres -c listen_addresses='*'
