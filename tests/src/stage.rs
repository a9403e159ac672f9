//! Where a scene plays: the stack, a family of its own for everybody who appears, and who tells of it.

mod name;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::Failure;
use crate::actor::{Customer, ExcursionToCreate, Operator, Someone, Visitor};
use crate::api::{Api, ApiError};
use crate::databases::{DatabaseError, Databases};
use crate::model::{Departure, Excursion, Money};
use crate::processes::{Foundation, Process, ProcessError};
use crate::stack::{Service, SettingError, Stack};
use crate::teller::Teller;

const PASSWORD: &str = "a long walk at dawn";

/// Where a scene plays.
pub struct Stage {
    /// The stack.
    pub stack: Stack,
    /// Whoever comes to the public origin.
    pub visitor: Visitor,
    /// Tells what happens, or keeps silent.
    pub tell: Teller,
    /// The name of everybody and everything of this scene: nothing of another scene has it.
    pub family: String,
    databases: OnceCell<Databases>,
}

impl Stage {
    /// A stage on the stack of the environment.
    ///
    /// # Errors
    /// Where the environment names none.
    pub fn new(tell: Teller) -> Result<Self, Failure> {
        let stack = Stack::of_environment()?;
        let api = Api::new(format!("{}/graphql", stack.origin))?;
        Ok(Self {
            stack,
            visitor: Visitor { api },
            tell,
            family: name::unheard_of(),
            databases: OnceCell::new(),
        })
    }

    /// The full name of a member of the family.
    #[must_use]
    pub fn full_name(&self, name: &str) -> String {
        format!("{name} {}", self.family)
    }

    /// The address of a member of the family.
    #[must_use]
    pub fn email(&self, name: &str) -> String {
        format!("{name}.{}@example.com", self.family).to_lowercase()
    }

    /// The password of everybody in the family.
    #[must_use]
    pub const fn password(&self) -> &'static str {
        PASSWORD
    }

    async fn newcomer(&self, name: &str) -> Result<Someone, ApiError> {
        self.visitor
            .register(&self.full_name(name), &self.email(name), PASSWORD)
            .await
    }

    /// A customer who has just registered. The account, and the welcome mail, may be on their way.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn customer(&self, name: &str) -> Result<Customer, ApiError> {
        self.newcomer(name).await.map(Customer)
    }

    /// A customer of whom all services have heard: nothing is on its way to them any more.
    ///
    /// # Errors
    /// [`ApiError`], or that the account or the welcome mail never came.
    pub async fn settled_customer(&self, name: &str) -> Result<Customer, Failure> {
        let customer = self.customer(name).await?;
        customer.account().await?;
        customer.mail("WELCOME", None).await?;
        Ok(customer)
    }

    /// A customer with money.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn customer_with(&self, name: &str, amount: &Money) -> Result<Customer, ApiError> {
        let customer = self.customer(name).await?;
        customer.deposit(amount).await?;
        Ok(customer)
    }

    /// The first operator, an administrator.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn first_operator(&self) -> Result<Operator, ApiError> {
        let Stack {
            operator_email,
            operator_password,
            ..
        } = &self.stack;
        let operator = self.visitor.log_in(operator_email, operator_password).await?;
        Ok(Operator(operator))
    }

    /// An operator of the family: what this one does is nobody else's.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn operator(&self, name: &str) -> Result<Operator, ApiError> {
        let newcomer = self.newcomer(name).await?;
        self.first_operator()
            .await?
            .change_role(newcomer.user.id, "OPERATOR")
            .await?;
        // The role is in the token: it counts from the next one.
        let operator = self.visitor.log_in(&newcomer.user.email, PASSWORD).await?;
        Ok(Operator(operator))
    }

    /// An operator of the family of whom all services have heard.
    ///
    /// # Errors
    /// [`ApiError`], or that the account or the welcome mail never came.
    pub async fn settled_operator(&self, name: &str) -> Result<Operator, Failure> {
        let operator = self.operator(name).await?;
        let as_customer = Customer(operator.0.clone());
        as_customer.account().await?;
        as_customer.mail("WELCOME", None).await?;
        Ok(operator)
    }

    /// An excursion that only this scene has.
    #[must_use]
    pub fn excursion(&self) -> ExcursionToCreate {
        ExcursionToCreate {
            title: format!("Rooftops at dawn with {}", self.family),
            description: "Over the old town while it is still asleep, with tea from a flask.".to_owned(),
            city: "Lisbon".to_owned(),
            meeting_point: "The steps of Santa Catarina".to_owned(),
            duration_minutes: 120,
            idempotency_key: Uuid::new_v4(),
        }
    }

    /// Six in the morning, so many days from today.
    #[must_use]
    pub fn dawn_in(&self, days: i64) -> DateTime<Utc> {
        let midnight = Utc::now().date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        midnight + TimeDelta::days(days) + TimeDelta::hours(6)
    }

    /// An excursion with one departure, for scenes that need nothing else.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn departure(
        &self,
        operator: &Operator,
        price: &Money,
        capacity: i32,
    ) -> Result<Departure, ApiError> {
        let excursion: Excursion = operator.create_excursion(&self.excursion()).await?;
        operator
            .schedule(excursion.id, self.dawn_in(10), price, capacity)
            .await
    }

    /// The API of a service itself, behind the router.
    ///
    /// # Errors
    /// Where it is not known.
    pub fn behind_the_router(&self, service: Service) -> Result<Api, Failure> {
        let url: Result<String, SettingError> = self.stack.url_of(service);
        Ok(Api::new(format!("{}/graphql", url?))?)
    }

    /// The databases, connected to when they are first looked at.
    ///
    /// # Errors
    /// Where they do not let us in.
    pub async fn databases(&self) -> Result<&Databases, DatabaseError> {
        self.databases
            .get_or_try_init(|| Databases::open(&self.stack))
            .await
    }

    /// The process of a service.
    ///
    /// # Errors
    /// Where it is not known.
    pub fn process(&self, service: Service) -> Result<Process, ProcessError> {
        Process::of(&self.stack, service)
    }

    /// The process of what all services stand on.
    ///
    /// # Errors
    /// Where it is not known.
    pub fn foundation(&self, foundation: Foundation) -> Result<Process, ProcessError> {
        Process::below(&self.stack, foundation)
    }
}
