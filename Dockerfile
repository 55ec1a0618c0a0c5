# syntax=docker/dockerfile:1
# Seatwise in a container: the binary, the certificates of the system, and no shell. It runs as a user
# without rights, and with a read-only root: docs/install.md has the commands.

FROM rust:1.95-slim-bookworm AS build
# aws-lc-sys and zstd-sys are C.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --package seatwise \
    && cp target/dist/seatwise /seatwise \
    && mkdir --mode=0700 /data

# glibc, libgcc and certificates. The tag `nonroot` sets the user 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /seatwise /usr/local/bin/seatwise
# A new volume takes over the owner and the mode of this folder.
COPY --from=build --chown=65532:65532 --chmod=0700 /data /data
ENV SEATWISE_DATA_DIR=/data/store \
    SEATWISE_SIGN_IN_FILE=/data/sign-in.json
VOLUME /data
USER 65532:65532
EXPOSE 8080
# A server that does not listen on port 8080 without TLS needs SEATWISE_READY_URL.
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/seatwise", "ready"]
ENTRYPOINT ["/usr/local/bin/seatwise"]
# Without an issuer the server does not start, and says what is missing.
CMD ["serve"]
