import type { DescService } from "@bufbuild/protobuf";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { AuditService } from "../../gen/targetd/v1/audit_service_pb.ts";
import { BackupService } from "../../gen/targetd/v1/backup_service_pb.ts";
import { CatalogService } from "../../gen/targetd/v1/catalog_service_pb.ts";
import { DeliveryService } from "../../gen/targetd/v1/delivery_service_pb.ts";
import { EventService } from "../../gen/targetd/v1/event_service_pb.ts";
import { ExecutionService } from "../../gen/targetd/v1/execution_service_pb.ts";
import { InstanceService } from "../../gen/targetd/v1/instance_service_pb.ts";
import { TargetService } from "../../gen/targetd/v1/target_service_pb.ts";
import { TokenService } from "../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";

/** Every service behind the port. */
export const services: readonly DescService[] = [
  ActionService,
  BetaActionService,
  TargetService,
  ExecutionService,
  EventService,
  DeliveryService,
  CatalogService,
  TokenService,
  InstanceService,
  AuditService,
  BackupService,
  Health,
  ServerReflection,
  ServerReflectionAlpha,
];
