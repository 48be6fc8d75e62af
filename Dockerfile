# The render service: docker build -t kubernetes-haproxy .
#
# It runs as anybody, with a read-only root file system. HAProxy is in it to check changed templates and services before
# they are served, in a folder under CHECK_DIR: give that a volume in memory, since private keys lie in it. It listens on loopback until LISTEN and
# AUTH say otherwise (README, "Settings").
ARG NODE=24.11-alpine3.22
ARG HAPROXY=3.2-alpine3.22

FROM node:${NODE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json sbom.js ./
COPY functions functions
COPY reloader reloader
COPY examples examples
# A renderer starts in two thirds of the time. No two code caches are of the same bytes: without, images are.
ARG CODE_CACHE=yes
RUN npm run build && npm run --silent sbom && { [ "$CODE_CACHE" != yes ] || npm run --silent cache:renderer; } && npm prune --omit=dev --no-audit --no-fund

# The HAProxy of Dockerfile.haproxy: what it takes here, it takes there.
FROM haproxy:${HAPROXY}
ARG HAPROXY
ARG VERSION=1.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kubernetes-haproxy" \
      org.opencontainers.image.description="Computes haproxy.cfg from one Jinja2 template and the state of Kubernetes, for any number of HAProxy" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/haproxy:${HAPROXY}"
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /usr/lib/libstdc++.so.6 /usr/lib/libgcc_s.so.1 /usr/lib/
ENV NODE_ENV=production CHECK_WITH=haproxy
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist/functions dist/functions
COPY --from=build /build/dist/sbom.cdx.json ./
COPY examples examples
USER 1000:1000
# The image of HAProxy stops with USR1, which means something else here.
STOPSIGNAL SIGTERM
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "const{METRICS_LISTEN:m,LISTEN:l,TLS_CERT:t}=process.env;process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';const port=(m||l||'127.0.0.1:8080').split(':').pop();fetch(`${t&&!m?'https':'http'}://127.0.0.1:${port}/healthz`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "dist/functions/kubernetes-haproxy.js"]
CMD ["serve"]
