//! The settings, as `--help` tells them.

pub(super) const SETTINGS: &str = "\
Settings come from the environment; one that is empty counts as absent. NAME stands for each of USERS, BILLING,
EXCURSIONS, ORDERS, NOTIFICATIONS.

  NAME_DATABASE_URL            postgres://role:password@host:port/name, one database a service   (needed)
  NAME_PORT                    where the service listens                                         (4001 to 4005)
  NAME_URL                     where the other services find it                                  (http://127.0.0.1:PORT)
  SERVICES_BIND                the address to listen on                                          (127.0.0.1)
  DATABASE_POOL_SIZE           connections that a service may open                               (10)
  KAFKA_BROKERS                host:port[,host:port]                                             (127.0.0.1:9092)
  USERS_SIGNING_KEY_FILE       the key that access tokens are signed with                        (needed by users)
  ORDERS_SERVICE_KEY_FILE      the key that service tokens are signed with                       (needed by orders)
  USERS_ACCEPTED_KEY_FILES, ORDERS_ACCEPTED_KEY_FILES   path[,path]: keys whose tokens hold too, while one key follows
                               another                                                           (none)
  OPERATOR_EMAIL, OPERATOR_PASSWORD   the first operator, made at the first start
  ACCESS_TOKEN_SECONDS         how long an access token holds                                    (900)
  REFRESH_TOKEN_DAYS           how long a session can be refreshed                               (30)
  PASSWORD_HASH_MEMORY_KIB     Argon2's memory for a password                                    (19456)
  PASSWORD_HASH_PASSES         how many times Argon2 goes over it                                (2)
  PASSWORD_HASH_LANES          into how many lanes Argon2 divides it                             (1)
  PASSWORD_HASH_CONCURRENCY    how many passwords are hashed at a time                           (a core each, at most 4)
  ACCOUNT_CURRENCY             the currency of customers' accounts                               (EUR)
  BOOKING_WAIT_MS              how long a booking is waited for                                  (2000)
  SAGA_RETENTION_DAYS          how long sagas are kept after their end                           (30)
  INBOX_RETENTION_DAYS         how long taken-up events are remembered; longer than Kafka can
                               deliver one again, 38 at least                                    (45)
  FEED_RETENTION_HOURS         how long subscribers can replay what they missed                  (168)
  GRAPHQL_INTROSPECTION        whether subgraphs tell their schemas: true or false               (true)
  LOG_FORMAT, RUST_LOG         pretty or json; which log lines                                   (pretty, info)
  OTEL_EXPORTER_OTLP_ENDPOINT  where traces go, http://host:4318                                 (nowhere)
  OTEL_TRACES_SAMPLER          which go there: parentbased_traceidratio, always_off, and so on   (parentbased_always_on)
  OTEL_TRACES_SAMPLER_ARG      the part of them for a sampler by ratio, 0 to 1                   (1)
  OTEL_BSP_SCHEDULE_DELAY      milliseconds between exports of spans                             (1000)
  OTEL_SERVICE_NAME            whose spans they are                                              (the service, or all)";
