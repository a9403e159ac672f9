-- The accounts of customers; and of our own, two a currency: cash, which deposits come from, and revenue, which charges
-- go to. Our own store no balance: every booking would wait for that one row. It is the sum of their transfers.
CREATE TABLE accounts (
    id          uuid        NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY,
    owner_id    uuid        CONSTRAINT accounts_one_per_owner UNIQUE,
    kind        text        NOT NULL
        CONSTRAINT accounts_kind_known CHECK (kind IN ('customer', 'cash', 'revenue')),
    currency    text        NOT NULL CONSTRAINT accounts_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
    -- Minor units.
    balance     bigint      CONSTRAINT accounts_balance_not_negative CHECK (balance >= 0),
    -- How many entries the account has: the number of its newest one.
    entry_count bigint      CONSTRAINT accounts_entry_count_not_negative CHECK (entry_count >= 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- What a transfer and a payment refer to, so that they cannot be in another currency.
    CONSTRAINT accounts_id_and_currency_unique UNIQUE (id, currency),
    CONSTRAINT accounts_customers_have_owner_and_balance CHECK (
        num_nulls(owner_id, balance, entry_count) = CASE kind WHEN 'customer' THEN 0 ELSE 3 END
    )
) WITH (fillfactor = 70); -- Room on the page: balances change all the time and are in no index.

CREATE UNIQUE INDEX accounts_one_of_ours_per_currency ON accounts (kind, currency) WHERE kind <> 'customer';

-- Double entry in one row: what is debited on one account is credited on another.
CREATE TABLE transfers (
    id                  uuid        NOT NULL CONSTRAINT transfers_pkey PRIMARY KEY,
    -- deposit: cash to customer; charge: customer to revenue; refund: revenue to customer.
    kind                text        NOT NULL
        CONSTRAINT transfers_kind_known CHECK (kind IN ('deposit', 'charge', 'refund')),
    debit_account_id    uuid        NOT NULL,
    credit_account_id   uuid        NOT NULL,
    -- The customer's side of it.
    customer_account_id uuid        NOT NULL
        GENERATED ALWAYS AS (CASE kind WHEN 'charge' THEN debit_account_id ELSE credit_account_id END) STORED,
    -- Minor units.
    amount              bigint      NOT NULL CONSTRAINT transfers_amount_positive CHECK (amount > 0),
    currency            text        NOT NULL,
    order_id            uuid,
    -- Of a deposit. Its amount and currency are all that the request said: they tell whether the key is used again.
    idempotency_key     uuid,
    -- The entry on the customer's account: its place in the order of the account's entries, from 1.
    entry_number        bigint      NOT NULL
        CONSTRAINT transfers_entry_number_positive CHECK (entry_number > 0),
    balance_after       bigint      NOT NULL
        CONSTRAINT transfers_balance_after_not_negative CHECK (balance_after >= 0),
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transfers_between_two_accounts CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfers_for_an_order_or_by_key CHECK (
        CASE kind
            WHEN 'deposit' THEN order_id IS NULL AND idempotency_key IS NOT NULL
            ELSE order_id IS NOT NULL AND idempotency_key IS NULL
        END
    ),
    CONSTRAINT transfers_debit_account_fkey
        FOREIGN KEY (debit_account_id, currency) REFERENCES accounts (id, currency),
    CONSTRAINT transfers_credit_account_fkey
        FOREIGN KEY (credit_account_id, currency) REFERENCES accounts (id, currency)
);

-- Also the list of an account's entries.
CREATE UNIQUE INDEX transfers_one_per_entry_number ON transfers (customer_account_id, entry_number);
CREATE UNIQUE INDEX transfers_one_charge_per_order ON transfers (order_id) WHERE kind = 'charge';
CREATE UNIQUE INDEX transfers_one_refund_per_order ON transfers (order_id) WHERE kind = 'refund';
CREATE UNIQUE INDEX transfers_one_deposit_per_key ON transfers (customer_account_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER transfers_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where an order's payment stands. Void: a refund came before the charge, which is refused from then on.
CREATE TABLE payments (
    order_id   uuid        NOT NULL CONSTRAINT payments_pkey PRIMARY KEY,
    status     text        NOT NULL
        CONSTRAINT payments_status_known CHECK (status IN ('charged', 'refunded', 'void')),
    -- What was charged, and to whom.
    account_id uuid,
    amount     bigint      CONSTRAINT payments_amount_positive CHECK (amount > 0),
    currency   text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payments_void_holds_no_charge CHECK (
        num_nulls(account_id, amount, currency) = CASE status WHEN 'void' THEN 3 ELSE 0 END
    ),
    CONSTRAINT payments_account_fkey FOREIGN KEY (account_id, currency) REFERENCES accounts (id, currency)
) WITH (fillfactor = 90);

COMMENT ON TABLE accounts IS 'Accounts of customers, and our own: cash and revenue';
COMMENT ON TABLE transfers IS 'The ledger: double entry, never changed';
COMMENT ON TABLE payments IS 'Where each order''s payment stands';
